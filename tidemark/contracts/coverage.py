"""What a producer tells of its own hearing: when it heard a source, and when it did not."""

from enum import StrEnum

import msgspec


class Why(StrEnum):
    """The `why` column of `source_gaps`."""

    CUT = "cut"
    """The connection ended, or could not be made."""
    SILENCE = "silence"
    """The connection stood and nothing came, no heartbeat either."""
    REFUSED = "refused"
    """The source answered, and would not give us the stream for now: too many connections, out of
    order."""
    STOPPED = "stopped"
    """We were not running."""
    CLAMPED = "clamped"
    """The source went on later than where we asked it to: it no longer keeps what lies between."""


class State(StrEnum):
    """The `state` column of `source_gaps`."""

    OPEN = "open"
    """We do not hear, or have not yet got back what we missed."""
    HEALED = "healed"
    """All that the source sent meanwhile has come since."""
    LOST = "lost"
    """What was sent meanwhile cannot be had any more."""


class Gap(msgspec.Struct, frozen=True):
    """A stretch of time in which a source was not heard. Told again with the same began_at it
    replaces what was told.

    began_at  µs since 1970, UTC: when the source was last heard; with the source's name, what identifies a gap
    ended_at  µs: when it was heard again; None while it is not
    events    how many of those missed have come since
    """

    began_at: int
    why: Why
    state: State = State.OPEN
    ended_at: int | None = None
    events: int = 0


class Heard(msgspec.Struct, frozen=True):
    """A stretch of time in which a source was heard, told as it passes. Quiet is heard. µs since
    1970, UTC."""

    from_at: int
    to_at: int
