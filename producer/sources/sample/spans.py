"""Where the hashtags, mentions and links of a made-up post are in its text, in characters."""

from collections.abc import Sequence
from typing import Final

from producer.sources.sample.authors import Author
from producer.sources.sample.posts import Post

_CUT_CHARS: Final = 280
"""The limit of X."""


def is_long(text: str) -> bool:
    """Return whether X would cut the text."""
    return len(text) > _CUT_CHARS


def cut(text: str) -> str:
    """Return the text as X cuts it."""
    return text[: _CUT_CHARS - 1] + "…"


def spans(text: str, marks: Sequence[str]) -> list[tuple[str, int, int]]:
    """Return each mark that is whole in the text, with its start and end; those cut off are left
    out."""
    padded = text.replace("…", " ") + " "
    starts = ((mark, padded.find(f"{mark} ")) for mark in marks)
    return [(mark, start, start + len(mark)) for mark, start in starts if start >= 0]


def mention_spans(post: Post, text: str) -> list[tuple[Author, int, int]]:
    """Return each account that the text mentions, with the start and end of its mention."""
    found = ((author, text.find(f"@{author.handle}")) for author in post.mentions)
    return [
        (author, start, start + 1 + len(author.handle)) for author, start in found if start >= 0
    ]
