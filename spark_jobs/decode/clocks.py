"""Clocks of strangers: no instant that a payload tells lies far after the arrival of its record."""

from typing import Final, TypeVar

from msgspec.structs import replace

from spark_jobs.decode.edit import Edit
from spark_jobs.decode.post import Account, Post, Profile
from tidemark.contracts.oddities import MAX_AHEAD_US, Oddity

Dated = TypeVar("Dated", bound=Post | Profile | Account | Edit)

_INSTANTS: Final = ("created_at_ms", "version_ms", "seen_at_ms", "changed_at_ms")


def latest_ms(received_at_us: int) -> int:
    """Return the latest instant that a record received then may tell, in ms since 1970."""
    return (received_at_us + MAX_AHEAD_US) // 1_000


def clamped(outcome: Dated, latest_ms: int) -> Dated:
    """Return the outcome with every later instant set to `latest_ms`.

    A post of 2031 would stand first in every ranking, freeze its author's profile, and outlive retention.
    """
    ahead = [name for name in _INSTANTS if (getattr(outcome, name, None) or 0) > latest_ms]
    if not ahead:
        return outcome
    changes = dict.fromkeys(ahead, latest_ms)
    if isinstance(outcome, Account):
        return replace(outcome, **changes)
    return replace(outcome, **changes, odd=outcome.odd | {Oddity.FUTURE_DATE})
