"""What `tidemark export` does, once its options are read."""

import signal
import threading
from collections.abc import Callable
from datetime import UTC, datetime

from rich.console import Console

from tidemark.errors import SettingsError
from tidemark.lake.export import Wish, export
from tidemark.lake.follow import follow
from tidemark.lake.location import LakePlace


def instant(text: str | None) -> datetime | None:
    """A day, an instant, or `now`; without a zone it is UTC. SettingsError where it is none of
    these."""
    if text is None:
        return None
    if text == "now":
        return datetime.now(UTC)
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise SettingsError(
            f"{text!r} is no instant; write 2026-03-01, 2026-03-01T12:00:00Z, or now"
        ) from None
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def export_span(place: LakePlace, wish: Wish) -> None:
    console = Console()
    rows = export(place, wish, console)
    console.print(f"{rows:,} rows of {wish.topic} are in {wish.folder}", highlight=False)


def until_stopped(place: LakePlace, wish: Wish, report: Callable[[str], None]) -> None:
    """Follow until SIGINT or SIGTERM; rows that fill no file yet wait for the next time."""
    if wish.until is not None:
        raise SettingsError("--follow goes on for ever, and takes no --until")
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    follow(place, wish, stop, report)
