"""`tidemark export`, once its options are read."""

import signal
import threading
from collections.abc import Callable
from datetime import UTC, datetime

from rich.console import Console

from tidemark.errors import SettingsError
from tidemark.lake.export import ExportRequest, export
from tidemark.lake.follow import follow
from tidemark.lake.location import LakeLocation


def instant(text: str | None) -> datetime | None:
    """Parse a day, an instant, or `now`; without a zone it is UTC. Raise SettingsError for anything else."""
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


def export_span(location: LakeLocation, request: ExportRequest) -> None:
    console = Console()
    rows = export(location, request, console)
    console.print(f"{rows:,} rows of {request.topic} are in {request.folder}", highlight=False)


def until_stopped(
    location: LakeLocation, request: ExportRequest, report: Callable[[str], None]
) -> None:
    """Follow until SIGINT or SIGTERM; rows that do not fill a file are left for the next run."""
    if request.until is not None:
        raise SettingsError("--follow does not end, so it takes no --until")
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    follow(location, request, stop, report)
