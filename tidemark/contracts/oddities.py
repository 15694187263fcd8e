"""What may be wrong in a record that is stored all the same: a closed list, each with a test.

The kinds are counted by minute and source in table `oddity_minutes`.
"""

from enum import StrEnum
from typing import Final


class Oddity(StrEnum):
    """The `kind` column of `oddity_minutes`, and what is stored in place of the wrong value."""

    BAD_TYPE = "bad_type"
    """A field of another type than its source documents: NULL; an entry of a list is removed."""
    BAD_COUNT = "bad_count"
    """A count below 0, with a fraction, too large, or in words: NULL."""
    BAD_DATE = "bad_date"
    """A text that is no date, in a field that a record can do without: NULL, or the record's other
    date."""
    FUTURE_DATE = "future_date"
    """A date more than five minutes after the record arrived: the instant five minutes after it
    arrived."""
    TOO_LONG = "too_long"
    """A name, language, title or author's id longer than its column: NULL; a type of edits is
    `other`."""
    BAD_HASHTAG = "bad_hashtag"
    """A hashtag longer than its column, or with the control character U+001F: removed."""
    MANY_HASHTAGS = "many_hashtags"
    """More than 100 hashtags in one post: the first 100 are stored."""
    LONG_TEXT = "long_text"
    """A post of more than 32,768 characters: the first 32,768 are stored."""
    LONE_SURROGATE = "lone_surrogate"
    """Half of a surrogate pair, as when an emoji was cut in two: U+FFFD."""


def notice_kind(name: str) -> str:
    """Return the kind under which a notice of X is counted; its name is one of NOTICES."""
    return f"notice_{name}"


MAX_AHEAD_US: Final = 5 * 60 * 1_000_000
"""How long after the arrival of its record an instant may be; clocks of servers differ by seconds."""
