"""What a source reports to the loop: facts. The loop draws the conclusions (producer/coverage/).

Instants are µs since 1970, UTC. A source that reads several streams, each of which can be cut by
itself, names them: `channel`. One that reads a single stream leaves the name empty.
"""

from collections.abc import Mapping
from enum import Enum, auto
from typing import Final, NamedTuple

import msgspec

from tidemark.contracts.coverage import Cause
from tidemark.contracts.events import Event
from tidemark.contracts.topics import Topic

Cursor = Mapping[str, str | int]
"""What a source needs to resume, in its own words; saved as JSON. Gaps are not in it: the loop
keeps them beside it."""


class Backlog(Enum):
    """How what was written while we were not connected reaches us."""

    LOST = auto()
    """Not at all: the connection brings only what is written from now on."""
    FIRST = auto()
    """In order, before what is new: an event that was sent after we connected shows that all of it
    has come."""
    BESIDE = auto()
    """Fetched beside the stream: all of it has come when the source reports CaughtUp."""


class Started(NamedTuple):
    """The first signal of each run of a live source, before it connects.

    cursor    where a run that is killed before its first event resumes: the cursor that events() was called with,
              where there was one
    channels  those that are not connected from here on, so that the time since the last run counts as a gap where it
              is long; a channel that is left out has missed nothing
    """

    cursor: Cursor
    channels: tuple[str, ...] = ("",)


class Checkpoint(NamedTuple):
    """A later cursor than that of Started: a run that is killed before its first event resumes
    here. After the first event it changes nothing."""

    cursor: Cursor


class Connected(NamedTuple):
    """A connection is open."""

    at: int
    backlog: Backlog
    channel: str = ""


class Item(msgspec.Struct, frozen=True, gc=False):
    """An event, with the cursor that comes after it.

    sent_at     when the other side sent it, by its own clock; None where it does not say
    topic       None for the topic of the source
    was_missed  False for an event that came by the stream although a backlog is being fetched beside it: it is not
                counted as one of those that the gap had missed
    """

    event: Event
    cursor: Cursor
    sent_at: int | None = None
    topic: Topic | None = None
    channel: str = ""
    was_missed: bool = True


class Activity(NamedTuple):
    """A sign of life without an event: a heartbeat, or an event that a filter dropped (then with
    its sent_at)."""

    at: int
    sent_at: int | None = None
    channel: str = ""


class Quiet(NamedTuple):
    """Nothing for now, as nothing was written: connected, or a source that has no connection."""


class Silent(NamedTuple):
    """Nothing for now, though there should be: not connected, still behind, or a stream that is
    never quiet has brought nothing. After SHORTEST_GAP_S the loop opens a gap."""

    channel: str = ""


class Disconnected(NamedTuple):
    """The connection ended, or could not be made."""

    at: int
    cause: Cause
    channel: str = ""


class CaughtUp(NamedTuple):
    """All that was missed has come; or (is_lost) as much of it as can be had."""

    channel: str = ""
    is_lost: bool = False


class Truncated(NamedTuple):
    """The other side resumed later than we asked: it no longer has what was sent before `at`.

    since  where it is known from when on something is missing: then that is a gap also where none is open
    """

    at: int
    since: int | None = None
    channel: str = ""


Signal = (
    Item
    | Quiet
    | Silent
    | Activity
    | Connected
    | Disconnected
    | CaughtUp
    | Truncated
    | Started
    | Checkpoint
)

QUIET: Final = Quiet()
SILENT: Final = Silent()
