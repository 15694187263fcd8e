"""Why a record was rejected: a closed list, each with a test. topics.py says which reasons belong to which topic."""

from enum import StrEnum
from typing import Final


class Reason(StrEnum):
    """The `reason` column of `rejected`."""

    TOO_LARGE = "too_large"
    """Over MAX_PAYLOAD_BYTES: the producer keeps the first bytes and sends them to the `rejected`
    topic."""
    EMPTY = "empty"
    """A record without a value."""
    UNKNOWN_SOURCE = "unknown_source"
    """The `source` header names no decoder."""
    NOT_JSON = "not_json"
    """Bytes that are not one JSON document in UTF-8."""
    NOT_A_POST = "not_a_post"
    """JSON, but no post: an array, a page of posts, an error message."""
    NOT_AN_EDIT = "not_an_edit"
    """JSON on topic `edits`, but no edit: an array, an error message, a canary, or it names no type
    or no wiki."""
    NOT_COVERAGE = "not_coverage"
    """JSON on topic `coverage` that tells neither of a gap nor of a stretch that was heard."""
    BAD_FIELD = "bad_field"
    """The id, the time or what tells the kind of a record is of the wrong type; `detail` names
    it."""
    NO_ID = "no_id"
    """A post without an id, or with one that was rounded on its way."""
    NO_CREATED_AT = "no_created_at"
    """A post that does not say when it was written."""
    BAD_CREATED_AT = "bad_created_at"
    """A time that is none, or lies outside 1970 to 9999."""
    OUT_OF_RANGE = "out_of_range"
    """A number on topic `coverage` that fits no column; elsewhere it is an oddity."""
    TOO_LONG = "too_long"
    """An id longer than its column; `detail` names it. Any other text is an oddity."""


EVERY_RECORD: Final = frozenset(
    {Reason.EMPTY, Reason.UNKNOWN_SOURCE, Reason.NOT_JSON, Reason.BAD_FIELD}
)
"""Reasons of every topic whose records are JSON of a source."""
