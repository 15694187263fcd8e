"""What a producer reports about its own source: when it was covered, and when there was a gap."""

from enum import StrEnum

import msgspec


class Cause(StrEnum):
    """Why a gap opened: the `why` column of `source_gaps`."""

    CUT = "cut"
    """The connection ended, or could not be made."""
    SILENCE = "silence"
    """The connection stood and brought nothing, no heartbeat either."""
    REFUSED = "refused"
    """The source answered, and refused the stream for now: too many connections, out of order."""
    STOPPED = "stopped"
    """The producer was not running."""
    CLAMPED = "clamped"
    """The source resumed later than we asked: it no longer has what lies between."""


class State(StrEnum):
    """The `state` column of `source_gaps`."""

    OPEN = "open"
    """The source is not connected, or not all of what was missed has come yet."""
    HEALED = "healed"
    """All that the source sent during the gap has come since."""
    LOST = "lost"
    """Some of what it sent during the gap can never come."""


class Gap(msgspec.Struct, frozen=True):
    """A stretch of time in which a source was not covered. A later report with the same began_at
    replaces an earlier one.

    began_at  µs since 1970, UTC: the last sign of life before; identifies the gap, with the source's name
    ended_at  µs: when it was connected again; None while it is not
    events    how many of those missed have come since
    """

    began_at: int
    why: Cause
    state: State = State.OPEN
    ended_at: int | None = None
    events: int = 0


class Covered(msgspec.Struct, frozen=True):
    """A stretch of time in which a source was covered, reported as it passes. Where nothing was
    written it was covered too. µs since 1970, UTC."""

    from_at: int
    to_at: int
