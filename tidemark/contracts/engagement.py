"""An observation: what the counts of a post were at an instant, as a producer read them."""

from typing import Final

import msgspec

QUERY_LIMIT: Final = 512
"""Characters of a query, as of X's recent search; longer ones are rejected."""


COUNTS: Final = ("reposts", "likes", "replies", "quotes", "bookmarks", "impressions")
"""What is counted of a post; its author's followers are beside them."""


class Observation(msgspec.Struct, frozen=True):
    """The value of a record on topic `engagement`, as JSON. A count is None where the network does not report it.

    The record's key is the post's id, its `source` header the network, as of posts.

    observed_at  µs since 1970, UTC: when the counts were read
    query        the query or rule that found the post; "" where there is none
    author_id    None where it is not known
    quotes       reposts with a text; whether they are among `reposts` too is as the network counts
    followers    of the author
    """

    post_id: str
    observed_at: int
    query: str = ""
    author_id: str | None = None
    reposts: int | None = None
    likes: int | None = None
    replies: int | None = None
    quotes: int | None = None
    bookmarks: int | None = None
    impressions: int | None = None
    followers: int | None = None


def observation_id(source: str, observation: Observation) -> str:
    """Return the event id of an observation: with it, the same observation sent twice counts once."""
    return f"{source}:{observation.post_id}:m:{observation.observed_at}"
