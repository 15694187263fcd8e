"""What a source is: something that can be read in order, and read on from where it was left."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from enum import Enum, auto
from typing import ClassVar, Final, Protocol

import msgspec

from tidemark.contracts.coverage import Gap
from tidemark.contracts.events import Event
from tidemark.contracts.sources import SOURCES
from tidemark.contracts.topics import Topic
from tidemark.errors import SetupError

Cursor = Mapping[str, str | int]
"""Where to go on, in the source's own words; kept as JSON.

One that tells of gaps has `heard_at` in it, µs: when it last heard. Read on from a cursor, it tells
of the gap since then, if it is one, with Why.STOPPED; the loop moves `heard_at` on while the source
is quiet."""


WITH_A_BEGINNING: Final = frozenset(spec.name for spec in SOURCES.values() if not spec.is_live)
"""Names of the sources that can be read from their beginning; the others are live, and begin
now."""


def anew(name: str) -> str:
    """Return what to do where a cursor is of no use, and what that means for this source."""
    if name in WITH_A_BEGINNING:
        return "delete it to start from the beginning: the jobs know what they have"
    return "delete it to start from now: what was written since the source was last heard is lost, and told as a gap"


@contextmanager
def reading_cursor(name: str) -> Iterator[None]:
    """While a source takes up its cursor, which may have been written by another program:
    SetupError where it has another shape than the source writes."""
    try:
        yield
    except (
        AttributeError,
        KeyError,
        OverflowError,
        TypeError,
        ValueError,
        msgspec.MsgspecError,
    ) as error:
        why = f"{type(error).__name__}: {error}"
        raise SetupError(
            f"cursors/{name}.json in the data folder is no cursor of {name} ({why}); {anew(name)}"
        ) from error


class Unheard(Enum):
    """Nothing for now, and what is written now does not reach us: cut off, be it too short for a
    gap so far."""

    UNHEARD = auto()


UNHEARD: Final = Unheard.UNHEARD
Received = tuple[Event, Cursor] | Cursor | Gap | Unheard | None
"""An event with the cursor that comes after it; a gap that begins, changes or ends; or nothing for
now: None where the source is heard and quiet. Before the first event also a cursor alone, which is
good from when we began to listen."""

IDLE_S: Final = 0.2
"""No source keeps the loop waiting for longer: it yields None or UNHEARD, and the loop sees to its
own."""


class Source(Protocol):
    """Yields events in order, each with the cursor that comes after it.

    A whole source, with the program that runs it:

        class Countdown:
            name = "countdown"
            topic = POSTS

            def __init__(self, clock: Clock) -> None:
                self._clock = clock

            def events(self, after: Cursor | None) -> Iterator[Received]:
                first = 10 if after is None else int(after["number"]) - 1
                for number in range(first, 0, -1):
                    self._clock.sleep(IDLE_S) yield None event = Event(b"%d" % number,
                    source=self.name, received_at=self._clock.now_us()) yield event, {"number":
                    number}

            def close(self) -> None:
                pass

        stopping = threading.Event() publisher = KafkaPublisher("127.0.0.1:9092", [POSTS, COVERAGE,
        REJECTED], stopping) run(Countdown(SystemClock()), publisher, CursorFile(Path("."),
        "countdown"), stopping, SystemClock())

    The contract suite in tests/contract/test_sources.py holds every source to what is said here.
    """

    name: ClassVar[str]
    """What `python -m producer NAME` calls it; also the name of its cursor."""
    topic: ClassVar[Topic]

    def events(self, after: Cursor | None) -> Iterator[Received]:
        """Events after `after`, or from the start; None or UNHEARD at least every IDLE_S seconds
        when there is none.

        Read on from a cursor, events may come again; none may be missing that the source can still
        give. A wrong payload is an event like any other. SourceError where trying again cannot
        help. One that tells of gaps gives a cursor as soon as it listens: it may be killed before
        there is an event. A Gap where the source is no longer heard, and again, with the same
        began_at, as it is mended or given up. Ends by itself where the source ends.
        """
        ...

    def close(self) -> None:
        """Let go of what is open, within a second; called once, after the last event, from the same
        thread."""
        ...
