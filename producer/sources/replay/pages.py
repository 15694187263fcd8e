"""A document of a recording, cut into one record a post: pages and arrays hold several."""

import io
from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec

from producer.sources.replay.json_values import Values
from producer.sources.replay.shapes import Shape, shape_of
from tidemark.contracts import recordings
from tidemark.contracts.surrogates import without_halves

Record = tuple[bytes, Shape]
"""A record as it is published, and what its source knows of it."""


class _Page(msgspec.Struct, gc=False):
    data: list[msgspec.Raw] | None = None
    statuses: list[msgspec.Raw] | None = None
    includes: msgspec.Raw = msgspec.Raw()


class _Numbered(msgspec.Struct, gc=False):
    id: Any = None


_ERRORS: Final = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
_decode_page: Final = msgspec.json.Decoder(_Page).decode
_decode_includes: Final = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_decode_list: Final = msgspec.json.Decoder(list[msgspec.Raw]).decode
_decode_id: Final = msgspec.json.Decoder(_Numbered).decode
_TWEETS: Final = ("tweets", "posts")
_REFERENCES: Final = ("referenced_tweets", "referenced_posts")


def records_of(document: bytes) -> list[Record]:
    """Return one record a post, in order: of a page none, one or many, of an array those of its
    elements.

    Whatever is neither stays as it is, as one record: what it holds is judged further on.
    """
    if document.lstrip()[:1] == b"[":
        return [
            record
            for value in Values(io.BytesIO(document))
            for record in _records_of_element(value.text)
        ]
    return _records_of_element(document)


def _records_of_element(document: bytes) -> list[Record]:
    shape = shape_of(document)
    if shape.form is not recordings.Shape.PAGE and not shape.is_v1_page:
        return [(document, shape)]
    page = _read_page(document)
    if page is None:
        return [(document, shape)]
    if shape.is_v1_page:
        return [(bytes(post), shape_of(post)) for post in page.statuses or []]
    return [(post, shape_of(post)) for post in _posts(page)]


def _read_page(document: bytes) -> _Page | None:
    try:
        return _decode_page(document)
    except _ERRORS:
        try:
            return _decode_page(without_halves(document))
        except _ERRORS:
            return None


def _posts(page: _Page) -> Iterator[bytes]:
    """Yield each as X v2 sends one alone: `data`, and what of the page's `includes` it names."""
    includes = _included(page.includes)
    for post in page.data or []:
        named = _named_by(post, includes)
        lists = [
            b'"%b":[%b]' % (name.encode(), b",".join(found))
            for name, found in named.items()
            if found
        ]
        ending = b',"includes":{%b}' % b",".join(lists) if lists else b""
        yield b'{"data":%b%b}' % (bytes(post), ending)


def _included(includes: msgspec.Raw) -> dict[str, dict[str, bytes]]:
    """Return users and tweets by their ids, under the names that the page gives them."""
    try:
        lists = _decode_includes(includes)
        return {name: _by_id(lists[name]) for name in ("users", *_TWEETS) if name in lists}
    except _ERRORS:
        return {}


def _by_id(entries: msgspec.Raw) -> dict[str, bytes]:
    return {str(_decode_id(entry).id): bytes(entry) for entry in reversed(_decode_list(entries))}


def _named_by(
    post: msgspec.Raw, includes: Mapping[str, Mapping[str, bytes]]
) -> dict[str, list[bytes]]:
    """Return its author, whom it answers and mentions, the posts that it refers to, and their
    authors."""
    content = _content(post)
    tweet_ids = [_id_in(entry) for name in _REFERENCES for entry in _list_in(content, name)]
    tweets = {name: _found(includes, name, tweet_ids) for name in _TWEETS}
    mentioned = _list_in(content.get("entities"), "mentions")
    authors = [_content(tweet).get("author_id") for found in tweets.values() for tweet in found]
    user_ids = [
        content.get("author_id"),
        content.get("in_reply_to_user_id"),
        *map(_id_in, mentioned),
        *authors,
    ]
    return {"users": _found(includes, "users", user_ids), **tweets}


def _found(includes: Mapping[str, Mapping[str, bytes]], name: str, ids: list[Any]) -> list[bytes]:
    there = includes.get(name, {})
    texts = [str(found) for found in ids if found is not None]
    return [there[text] for text in dict.fromkeys(texts) if text in there]


def _content(post: msgspec.Raw | bytes) -> dict[str, Any]:
    try:
        found = msgspec.json.decode(post)
    except _ERRORS:
        return {}
    return found if isinstance(found, dict) else {}


def _list_in(content: Any, name: str) -> list[Any]:
    found = content.get(name) if isinstance(content, dict) else None
    return found if isinstance(found, list) else []


def _id_in(entry: Any) -> Any:
    return entry.get("id") if isinstance(entry, dict) else None
