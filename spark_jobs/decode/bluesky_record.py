"""The record of a post of Bluesky: languages, hashtags, and what its text and its card lead to.

Where a list is expected, `{}` and null are read as empty. Facets and embeds are open to types of
others.
"""

from collections.abc import Iterator
from typing import Any

import msgspec

_TAG = "app.bsky.richtext.facet#tag"
_LINK = "app.bsky.richtext.facet#link"
_MENTION = "app.bsky.richtext.facet#mention"


class Feature(msgspec.Struct, gc=False):
    """What a stretch of text is; by its `type` one of the others is there."""

    type: str | None = msgspec.field(name="$type", default=None)
    tag: Any = None
    uri: Any = None


class Facet(msgspec.Struct, gc=False):
    """A stretch of text."""

    features: list[Feature] | dict[str, Any] | None = None


class Embed(msgspec.Struct, gc=False):
    """What is shown below the text: a card, pictures, a post, or a post with one of the others as
    `media`."""

    external: Any = None
    media: Any = None


class Record(msgspec.Struct, gc=False):
    """Of a post; a repost has none of it. `tags` are hashtags that are not in the text."""

    text: str | None = None
    langs: list[str] | dict[str, Any] | None = None
    tags: list[str] | dict[str, Any] | None = None
    facets: list[Facet] | dict[str, Any] | None = None
    embed: Embed | None = None


def first_language(record: Record) -> str | None:
    """Return the first language that is named."""
    return next(filter(None, record.langs), None) if isinstance(record.langs, list) else None


def spellings(record: Record) -> list[str]:
    """Return the hashtags as written, in order, first those of the text."""
    found = [feature.tag for feature in _features(record, _TAG) if isinstance(feature.tag, str)]
    return found + record.tags if isinstance(record.tags, list) else found


def count_mentions(record: Record) -> int:
    """Return how many accounts the text names."""
    return sum(1 for _ in _features(record, _MENTION))


def count_links(record: Record) -> int:
    """Return how many links the text has, and the card, where it leads to none of these."""
    links = [feature.uri for feature in _features(record, _LINK)]
    card = _card(record.embed)
    return len(links) + (card is not None and card not in links)


def _features(record: Record, kind: str) -> Iterator[Feature]:
    if not isinstance(record.facets, list):
        return
    for facet in record.facets:
        if isinstance(facet.features, list):
            yield from (feature for feature in facet.features if feature.type == kind)


def _card(embed: Embed | None) -> str | None:
    """Return where the card leads to."""
    if embed is None:
        return None
    media = embed.media if isinstance(embed.media, dict) else {}
    for card in (embed.external, media.get("external")):
        uri = card.get("uri") if isinstance(card, dict) else None
        if isinstance(uri, str) and uri:
            return uri
    return None
