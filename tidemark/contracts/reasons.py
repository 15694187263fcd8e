"""Why a record was rejected: a closed list, each with a test. topics.py says which reasons belong to which topic."""

from enum import StrEnum
from typing import Final


class Reason(StrEnum):
    """The `reason` column of `rejected`."""

    TOO_LARGE = "too_large"
    """More than MAX_PAYLOAD_BYTES: the producer sends its first bytes to topic `rejected`."""
    EMPTY = "empty"
    """A record without a value."""
    UNKNOWN_SOURCE = "unknown_source"
    """The `source` header names no decoder."""
    NOT_JSON = "not_json"
    """Bytes that are not one JSON document in UTF-8."""
    NOT_A_POST = "not_a_post"
    """JSON that is no post: an array, a page of posts, an error message."""
    NOT_AN_EDIT = "not_an_edit"
    """JSON on topic `edits` that is no edit: an array, an error message, a canary, or without a type
    or a wiki."""
    NOT_COVERAGE = "not_coverage"
    """JSON on topic `coverage` that reports neither a gap nor a covered stretch of time."""
    NOT_AN_OBSERVATION = "not_an_observation"
    """JSON on topic `engagement` that is no observation: an array, or without the instant of one."""
    BAD_FIELD = "bad_field"
    """The id, the time or the kind of a record is of the wrong type; `detail` names the field."""
    NO_ID = "no_id"
    """A post without an id, or with an id that a program rounded."""
    NO_CREATED_AT = "no_created_at"
    """A post without the time at which it was written."""
    BAD_CREATED_AT = "bad_created_at"
    """A text that is no time, or a time outside of 1970 to 9999."""
    OUT_OF_RANGE = "out_of_range"
    """A number on topic `coverage` that fits no column, or an instant of an observation that lies outside of 1970
    to 9999 or after its arrival; on other topics it is an oddity."""
    TOO_LONG = "too_long"
    """An id longer than its column; `detail` names the field. Any other long text is an oddity."""


EVERY_RECORD: Final = frozenset(
    {Reason.EMPTY, Reason.UNKNOWN_SOURCE, Reason.NOT_JSON, Reason.BAD_FIELD}
)
"""Reasons of every topic whose records are JSON of a source."""
