"""python -m producer [--stay] SOURCE: read a source into its topics until it ends or a signal stops
it.

With --stay it waits for the signal also where the source has ended, or refuses for good: a
container that ends would be started again.
"""

import gc
import signal
import sys
import threading
from types import FrameType
from typing import Final

from producer.clock import SystemClock
from producer.cursor import CursorFile, Position
from producer.former_cursor import rename_cursor, rename_lock
from producer.kafka.publisher import KafkaPublisher
from producer.kafka.recovery import recover_tail
from producer.run import run
from producer.sources.registry import SOURCES
from tidemark import log
from tidemark.contracts.sources import SOURCES as SPECS
from tidemark.contracts.topics import COVERAGE, REJECTED
from tidemark.errors import EX_CONFIG, TidemarkError, exit_code
from tidemark.settings import Settings, load, source_name

_USAGE = f"usage: python -m producer [--stay] SOURCE, where SOURCE is one of: {', '.join(SOURCES)}"


def main(arguments: list[str]) -> int:
    """Return 0 at the end of the source or after a signal; 1 or 78 with one line on an error; 2
    for a wrong call.

    78 is for what needs a person (tidemark/errors.py).
    """
    stay = arguments[:1] == ["--stay"]
    names = [source_name(name) for name in (arguments[1:] if stay else arguments)]
    if len(names) != 1 or names[0] not in SOURCES:
        print(_USAGE, file=sys.stderr)
        return 2
    stopping = _stop_on_signals()
    code = _run(names[0], stopping)
    if stay and code in (0, EX_CONFIG):
        stopping.wait()
    return code


def _run(name: str, stopping: threading.Event) -> int:
    try:
        settings = load()
        log.configure(settings.log_level)
        _produce(name, settings, stopping)
    except TidemarkError as error:
        print(f"error: {error}", file=sys.stderr)
        return exit_code(error)
    return 0


_GC_THRESHOLDS: Final = (100_000, 50, 50)
"""Tens of thousands of records wait for Kafka at a time, none of them rubbish; Python's own
thresholds would look them all over again and again, which takes a sixth of the processor time at
full speed."""


def _produce(name: str, settings: Settings, stopping: threading.Event) -> None:
    gc.set_threshold(*_GC_THRESHOLDS)
    clock = SystemClock()
    folder = settings.data_dir / "cursors"
    cursor_file = CursorFile(folder, name)
    rename_lock(folder, name)
    with cursor_file.held():
        rename_cursor(folder, name)
        source = SOURCES[name](settings, clock)
        topics = [*SPECS[name].writes, REJECTED]
        bootstrap = settings.kafka.bootstrap
        publisher: KafkaPublisher[Position] = KafkaPublisher(
            bootstrap, [*topics, COVERAGE], stopping
        )
        try:
            publisher.skip_tail(recover_tail(bootstrap, topics, cursor_file))
            run(source, publisher, cursor_file, stopping, clock)
        finally:
            publisher.close()


def _stop_on_signals() -> threading.Event:
    stopping = threading.Event()

    def stop(signal_number: int, frame: FrameType | None) -> None:
        stopping.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    return stopping


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
