"""An observation (tidemark/contracts/engagement.py), out of the payload that a producer sent."""

from collections.abc import Callable
from typing import Final

import msgspec

from spark_jobs.decode.instants import LAST_MS
from spark_jobs.decode.post import Rejected
from spark_jobs.decode.reading import NOTHING_ODD, Odd, reader
from tidemark.contracts.engagement import COUNTS, QUERY_LIMIT, Observation
from tidemark.contracts.oddities import MAX_AHEAD_US, Oddity
from tidemark.contracts.reasons import Reason

COUNT_MAX: Final = 2**40 - 1
"""Above what any network reports, and so far below a BIGINT that no sum of them leaves it."""

_LIMITS: Final = {"post_id": 255, "query": QUERY_LIMIT}
_AUTHOR_LIMIT: Final = 255
_LAST_US: Final = LAST_MS * 1_000


class Decoded(Observation, frozen=True):
    """An observation that fits its columns, and what was odd about its payload."""

    odd: Odd = NOTHING_ODD


class _Document(msgspec.Struct, gc=False):
    post_id: str | None = None
    observed_at: int | None = None
    query: str | None = None
    author_id: str | None = None
    reposts: int | float | None = None
    likes: int | float | None = None
    replies: int | float | None = None
    quotes: int | float | None = None
    bookmarks: int | float | None = None
    impressions: int | float | None = None
    followers: int | float | None = None


def _read(document: _Document, odd: Odd) -> Decoded | Rejected:
    post_id, observed_at = document.post_id, document.observed_at
    if observed_at is None:
        # Without both it is some other document; with a field of another type, `reader` says so.
        return Rejected(Reason.NOT_AN_OBSERVATION)
    if not post_id:
        return Rejected(Reason.NO_ID)
    if not 0 <= observed_at <= _LAST_US:
        return Rejected(Reason.OUT_OF_RANGE, f"observed at {observed_at} us"[:255])
    query = document.query or ""
    for name, text in (("post_id", post_id), ("query", query)):
        if len(text) > _LIMITS[name]:
            return Rejected(
                Reason.TOO_LONG,
                f"{name} has {len(text)} characters, the column holds {_LIMITS[name]}",
            )
    author_id = document.author_id
    if len(author_id or "") > _AUTHOR_LIMIT:
        author_id, odd = None, odd | {Oddity.TOO_LONG}
    counts: dict[str, int | None] = {}
    for name in (*COUNTS, "followers"):
        count = getattr(document, name)
        counts[name] = _count(count)
        if counts[name] != count:
            odd |= {Oddity.BAD_COUNT}
    return Decoded(post_id, observed_at, query, author_id, **counts, odd=odd)


def _count(found: float | None) -> int | None:
    if found is None or not 0 <= found <= COUNT_MAX or found != int(found):
        return None
    return int(found)


def not_before_arrival(outcome: Decoded | Rejected, received_us: int) -> Decoded | Rejected:
    """Return the outcome; Rejected where it was observed more than five minutes after its record arrived.

    Both instants are of one producer: a later one is no observation, and would stand as the latest for ever.
    """
    if isinstance(outcome, Rejected) or outcome.observed_at <= received_us + MAX_AHEAD_US:
        return outcome
    ahead_s = (outcome.observed_at - received_us) // 1_000_000
    return Rejected(Reason.OUT_OF_RANGE, f"observed {ahead_s} s after it arrived")


decode_observation: Final[Callable[[bytes | memoryview], Decoded | Rejected]] = reader(
    _Document, _read, Reason.NOT_AN_OBSERVATION
)
"""Return the observation of a payload, or the reason why there is none. Never raises, whatever the bytes."""
