"""Clocks of strangers: no instant that a payload tells lies far after the arrival of its record."""

from typing import Final, TypeVar

import pyarrow as pa
import pyarrow.compute as pc
from msgspec.structs import replace

from spark_jobs.decode.edit import Edit
from spark_jobs.decode.post import Account, Ignored, Post, Profile, Rejected
from tidemark.contracts.oddities import MAX_AHEAD_US, Oddity

Outcome = TypeVar("Outcome", bound=Post | Profile | Account | Ignored | Edit | Rejected)

_INSTANTS: Final = ("created_at_ms", "version_ms", "seen_at_ms", "changed_at_ms")


def latest_instants_ms(received_at_us: pa.Array) -> list[int]:
    """Return of records that were received then the latest instants that they may tell, in ms since
    1970."""
    latest: list[int] = pc.divide(pc.add(received_at_us, MAX_AHEAD_US), 1_000).to_pylist()
    return latest


def clamped(outcome: Outcome, latest_ms: int) -> Outcome:
    """Return the outcome with every later instant set to `latest_ms`.

    A post of 2031 would stand first in every ranking, freeze its author's profile, and outlive
    retention.
    """
    ahead = [name for name in _INSTANTS if (getattr(outcome, name, None) or 0) > latest_ms]
    if not ahead:
        return outcome
    changes = dict.fromkeys(ahead, latest_ms)
    if isinstance(outcome, Account | Ignored | Rejected):
        return replace(outcome, **changes)
    return replace(outcome, **changes, odd=outcome.odd | {Oddity.FUTURE_DATE})
