"""The parts that X v2 and v1.1 share: entities, under the names of either.

Where a list is expected, `{}` and null are read as empty: real payloads have them.
"""

from typing import Any

import msgspec


class Counted(msgspec.Struct, gc=False):
    """An entry that is only counted."""


Entries = list[Counted] | dict[str, Any] | None


class Hashtag(msgspec.Struct, gc=False):
    """`tag` in v2, `text` in v1.1."""

    tag: str | None = None
    text: str | None = None


class Entities(msgspec.Struct, gc=False):
    """`mentions` in v2, `user_mentions` in v1.1."""

    hashtags: list[Hashtag] | dict[str, Any] | None = None
    mentions: Entries = None
    user_mentions: Entries = None
    urls: Entries = None


class Extended(msgspec.Struct, gc=False):
    """note_tweet, note_post or extended_tweet: the whole text, and its entities; `text` in v2,
    `full_text` in v1.1."""

    entities: Entities | None = None
    text: str | None = None
    full_text: str | None = None


def spellings(entities: Entities | None) -> list[str]:
    """Return the hashtags as written, in order, without those that have no text."""
    if entities is None or not isinstance(entities.hashtags, list):
        return []
    return [spelling for hashtag in entities.hashtags if (spelling := hashtag.tag or hashtag.text)]


def count_mentions(entities: Entities | None) -> int:
    """Return how many accounts the text names."""
    return 0 if entities is None else len(entities.mentions or entities.user_mentions or ())


def count_links(entities: Entities | None) -> int:
    """Return how many links the text has."""
    return 0 if entities is None else len(entities.urls or ())
