"""What a source is: something that can be read in order, and read on from where it was left."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import ClassVar, Final, Protocol

import msgspec

from producer.sources.base.signals import Cursor, Signal
from tidemark.contracts.sources import SOURCES
from tidemark.contracts.topics import Topic
from tidemark.errors import SetupError


def recovery_hint(name: str) -> str:
    """Return what to do where a cursor is of no use, and what that means for this source."""
    if name in SOURCES and not SOURCES[name].is_live:
        return "delete it to start from the beginning: the jobs know what they have"
    return (
        "delete it to start from now: what was written since the source was last covered is lost, "
        "and reported as a gap"
    )


@contextmanager
def reading_cursor(name: str) -> Iterator[None]:
    """Raise SetupError where a source cannot read its cursor: another program may have written
    it."""
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
            f"cursors/{name}.json in the data folder is no cursor of {name} ({why}); {recovery_hint(name)}"
        ) from error


IDLE_S: Final = 0.2
"""A source yields at least this often, so that the loop can save the cursor and check for
shutdown."""


class Source(Protocol):
    """Yields events in order, each with the cursor that comes after it, and what else it notices.

    A whole source, with the program that runs it:

        class Countdown:
            name = "countdown"
            topic = POSTS

            def __init__(self, clock: Clock) -> None:
                self._clock = clock

            def events(self, after: Cursor | None) -> Iterator[Signal]:
                first = 10 if after is None else int(after["number"]) - 1
                for number in range(first, 0, -1):
                    self._clock.sleep(IDLE_S)
                    yield QUIET
                    event = Event(b"%d" % number, self.name, self._clock.now_us())
                    yield Item(event, {"number": number})

            def close(self) -> None:
                pass

        stopping = threading.Event()
        topics = [POSTS, COVERAGE, REJECTED]
        publisher = KafkaPublisher("127.0.0.1:9092", topics, stopping)
        cursor_file = CursorFile(Path("."), "countdown")
        run(Countdown(SystemClock()), publisher, cursor_file, stopping, SystemClock())

    A live source also reports Started first, and when it is connected and when not: the loop makes
    gaps of that. The contract suite in tests/contract/test_sources.py holds every source to this.
    """

    name: ClassVar[str]
    """What `python -m producer NAME` calls it; also the name of its cursor."""
    topic: ClassVar[Topic]
    """Where its events go; an Item may name another."""

    def events(self, after: Cursor | None) -> Iterator[Signal]:
        """Yield what comes after `after`, or from the start; Quiet or Silent at least every IDLE_S
        seconds when nothing does.

        Resumed from a cursor, events may come again; none may be missing that the source can still
        give. A wrong payload is an event like any other. SourceError where trying again cannot
        help. Ends by itself where the source ends.
        """
        ...

    def close(self) -> None:
        """Close what is open, within a second; called once, after the last event, from the same
        thread."""
        ...
