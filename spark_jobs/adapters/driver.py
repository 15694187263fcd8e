"""One Spark driver: any number of streams on one session. The first that fails ends all of them."""

import logging
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from typing import Final, Protocol

from py4j.protocol import Py4JError
from pyspark.errors import StreamingQueryException
from pyspark.sql import SparkSession
from pyspark.sql.streaming import StreamingQuery

from spark_jobs.adapters.jvm import living_jvm
from spark_jobs.adapters.scratch import scratch
from spark_jobs.adapters.session import start_session
from tidemark import log
from tidemark.errors import (
    RefusedError,
    StreamError,
    TidemarkError,
    UnpreparedError,
    UnreachableError,
    exit_code,
)
from tidemark.settings import Settings, load, under_spark_submit
from tidemark.stopped import clear_stop_reason, write_stop_reason

logger = logging.getLogger(__name__)

LOOK_EVERY_S: Final = 0.5
STAY: Final = "--stay"
READY_WITHIN_S: Final = 600.0
"""How long a driver waits for servers to answer and for `tidemark prepare`, which may be at work on
another machine."""
RETRY_EVERY_S: Final = 2.0


class Stream(Protocol):
    """One streaming query, with all that it needs for itself. The driver calls, each once and in
    this order:

    open    before there is a Spark: locks and connections; what is wrong with the set-up is found here
    start   begins the query on the session that all streams share
    check   again and again while it runs
    finish  when all are to end; then the driver stops `query`
    close   at the end, also where open() or start() failed half-way; open() may be called again after it

    Each may raise a TidemarkError, which ends the driver with a line in its log; close() may not.
    """

    @property
    def name(self) -> str:
        """Return what the log and Spark call it."""

    @property
    def query(self) -> StreamingQuery | None:
        """Return the query; None before start()."""

    def open(self) -> None: ...

    def start(self, session: SparkSession) -> None: ...

    def check(self) -> None:
        """Raise what has failed in a batch. Raised in the batch itself, py4j and Spark would log it
        as well, each with its whole stack. The driver itself checks whether `query` has ended."""

    def finish(self) -> None:
        """Finish the current batch within a bounded time, and start no other."""

    def close(self) -> None:
        """Close everything that is open; the query is stopped."""


Make = Callable[[Settings], Stream]


def main(*makes: Make) -> int:
    """Run until SIGTERM or SIGINT; return the exit code. What stopped the driver is one line in its
    log.

    With --stay on the command line a driver that needs a person does not end, but waits for a
    signal: a container that ends would be started again, whatever its exit code.
    """
    log.configure()
    stop, settings = stop_on_signals(), None
    try:
        settings = load()
        log.configure(settings.log_level)
        clear_stop_reason(settings.data_dir)
        run([make(settings) for make in makes], settings, stop)
    except TidemarkError as error:
        logger.error(
            "job stopped: %s", error, extra={"job": " ".join(getattr(error, "__notes__", []))}
        )
        if error.needs_person and STAY in sys.argv[1:]:
            if settings is not None:
                write_stop_reason(settings.data_dir, str(error))
            _stay(stop)
        return exit_code(error)
    return 0


def _stay(stop: threading.Event) -> None:
    """Wait until `stop` is set; nothing runs, and health checks say so."""
    logger.info("idle until stopped: a restart cannot help")
    while not stop.is_set():
        time.sleep(LOOK_EVERY_S)


def stop_on_signals() -> threading.Event:
    """Set by the first SIGTERM or SIGINT."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop


def run(streams: Sequence[Stream], settings: Settings, stop: threading.Event) -> None:
    """Run all until `stop` is set. Raises the first TidemarkError, with the stream's name as its
    note."""
    names = " ".join(stream.name for stream in streams)
    with ExitStack() as open_things:
        for stream in streams:
            open_things.callback(stream.close)
            with _named(stream):
                _open(stream, stop)
        if stop.is_set():
            return
        session = _session(names, settings, open_things)
        open_things.callback(_stop, session, streams)
        with living_jvm():
            for stream in streams:
                with _named(stream):
                    stream.start(session)
            logger.info("job ready", extra={"jobs": names})
            _watch(session, streams, stop)
    logger.info("job stopped", extra={"jobs": names})


def _session(names: str, settings: Settings, open_things: ExitStack) -> SparkSession:
    if under_spark_submit():
        return start_session(names, None)
    own = open_things.enter_context(scratch(settings.data_dir))
    return start_session(names, settings.jars_dir / "spark", scratch=own)


def _open(stream: Stream, stop: threading.Event) -> None:
    """Open the stream; retry errors that may pass for READY_WITHIN_S. Spark does not run yet, and
    needs no memory."""
    until_s = time.monotonic() + READY_WITHIN_S
    is_logged = False
    while not stop.is_set():
        try:
            return stream.open()
        except (UnreachableError, UnpreparedError, RefusedError) as error:
            stream.close()
            if time.monotonic() >= until_s:
                raise
            if not is_logged:
                logger.warning(
                    "waiting for servers: %s",
                    error,
                    extra={"job": stream.name, "for_s": READY_WITHIN_S},
                )
                is_logged = True
        # Not stop.wait(): see _wait_for_an_end.
        time.sleep(RETRY_EVERY_S)


def _watch(session: SparkSession, streams: Sequence[Stream], stop: threading.Event) -> None:
    """Wait until `stop` is set; raise what ends a stream before."""
    while not stop.is_set():
        _wait_for_an_end(session)
        for stream in streams:
            with _named(stream):
                stream.check()
                _check_query(stream.query)


def _wait_for_an_end(session: SparkSession) -> None:
    """Wait until any query has ended, for LOOK_EVERY_S at most."""
    # The caller asks each query whether it was the one.
    with suppress(StreamingQueryException):
        # Not stop.wait(): a signal that comes while it holds its lock would wait for it for ever.
        session.streams.awaitAnyTermination(LOOK_EVERY_S)


def _check_query(query: StreamingQuery | None) -> None:
    if query is None or query.isActive:
        return
    try:
        query.awaitTermination()
    except StreamingQueryException as error:
        raise StreamError(f"Spark ended the stream: {_cause(error)}") from error
    raise StreamError("Spark ended the stream, and does not say why")


def _stop(session: SparkSession, streams: Sequence[Stream]) -> None:
    """Finish the current batches of all streams at once; then stop the queries, then Spark."""
    with ThreadPoolExecutor(len(streams)) as pool:
        list(pool.map(lambda stream: stream.finish(), streams))
    try:
        for stream in streams:
            if stream.query is not None:
                stream.query.stop()
        session.stop()
    except (Py4JError, OSError):
        # A signal to the whole process group ends the JVM before us.
        logger.info("Spark has already ended")


@contextmanager
def _named(stream: Stream) -> Iterator[None]:
    """Add the stream's name as a note to what is raised within."""
    try:
        yield
    except TidemarkError as error:
        error.add_note(stream.name)
        raise


def _cause(error: BaseException) -> str:
    """Return the last line of a long Java text that names an exception, and is no place in code."""
    text = str(error)
    lines = [line.strip() for line in text.splitlines() if "Error" in line or "Exception" in line]
    named = [line for line in lines if not line.startswith("at ")]
    return (named or [text])[-1][:500]
