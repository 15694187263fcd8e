"""`tidemark lake` and `tidemark lake compact`."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from rich.console import Console
from rich.table import Table

from tidemark.contracts.topics import TOPICS
from tidemark.errors import LakeError
from tidemark.lake.location import LakeLocation
from tidemark.lake.maintenance import maintain
from tidemark.lake.table import LakeTable


def show(location: LakeLocation, console: Console) -> None:
    """Print a line for each table."""
    shown = Table(
        "table", "rows", "files", "MiB", "version", "oldest day", "newest day", "next offsets"
    )
    for column in shown.columns[1:5]:
        column.justify = "right"
    for column in shown.columns[:7]:
        column.no_wrap = True
    for table in _tables(location):
        files = table.files()
        days = [file.day for file in files]
        shown.add_row(
            table.topic,
            f"{sum(file.rows for file in files):,}",
            f"{len(files):,}",
            f"{sum(file.size_bytes for file in files) / 2**20:,.1f}",
            str(table.version),
            str(min(days, default="")),
            str(max(days, default="")),
            " ".join(f"{p}:{at:,}" for p, at in sorted(table.offsets.next_offsets.items()))
            if table.offsets
            else "",
        )
    console.print(
        location.uri if shown.row_count else f"there is no table in {location.uri} yet",
        highlight=False,
    )
    if shown.row_count:
        console.print(shown)


def compact_now(
    location: LakeLocation, topic: str | None, keep_days: int | None, report: Callable[[str], None]
) -> None:
    tables = [table for table in _tables(location) if topic in (None, table.topic)]
    if not tables:
        which = f"no table {topic}" if topic else "no table"
        raise LakeError(f"there is {which} in {location.uri}")
    for table in tables:
        done = maintain(table, keep_days, datetime.now(UTC).date())
        report(
            f"{table.topic}: {done.compacted} files compacted into {done.into}, "
            f"{done.dropped_rows:,} rows of old days dropped, {done.deleted} files deleted"
        )


def _tables(location: LakeLocation) -> Iterator[LakeTable]:
    for topic in TOPICS:
        if (table := LakeTable.find(location, topic)) is not None:
            yield table
