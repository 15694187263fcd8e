"""What may be odd about a record that is stored all the same: a closed list, each with a test.

The kinds are counted by minute and source in table `oddity_minutes`.
"""

from enum import StrEnum
from typing import Final


class Oddity(StrEnum):
    """The `kind` column of `oddity_minutes`, and what is stored in place of what was found."""

    BAD_TYPE = "bad_type"
    """A field of another type than its source documents: NULL, or left out of its list."""
    BAD_COUNT = "bad_count"
    """A count below 0, with a fraction, too large, or in words: NULL."""
    BAD_DATE = "bad_date"
    """A date that a record can do without, and that is none: NULL, or the other date that it
    has."""
    FUTURE_DATE = "future_date"
    """A date more than five minutes after the arrival of the record: the instant five minutes after
    it."""
    TOO_LONG = "too_long"
    """A name, language, title or author's id longer than its column: NULL; of a type of edits
    `other`."""
    BAD_HASHTAG = "bad_hashtag"
    """A hashtag longer than its column, or with the control character U+001F: left out."""
    MANY_HASHTAGS = "many_hashtags"
    """More than 100 hashtags in one post: the first 100."""
    LONE_SURROGATE = "lone_surrogate"
    """A half of a surrogate pair in a text, as of an emoji that was cut in two: U+FFFD."""


def notice_kind(name: str) -> str:
    """Return the kind under which a notice of X, one of NOTICES, is counted."""
    return f"notice_{name}"


MAX_AHEAD_US: Final = 5 * 60 * 1_000_000
"""How far after its record's arrival an instant may lie; clocks of servers differ by seconds."""
