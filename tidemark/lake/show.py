"""What `tidemark lake` tells of the tables, and does to them."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from rich.console import Console
from rich.table import Table

from tidemark.contracts.topics import TOPICS
from tidemark.errors import LakeError
from tidemark.lake.location import LakePlace
from tidemark.lake.maintenance import tend
from tidemark.lake.table import LakeTable


def show(place: LakePlace, console: Console) -> None:
    """A line for each table."""
    shown = Table(
        "table", "rows", "files", "MiB", "version", "oldest day", "newest day", "next offsets"
    )
    for column in shown.columns[1:5]:
        column.justify = "right"
    for column in shown.columns[:7]:
        column.no_wrap = True
    for table in _tables(place):
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
            " ".join(f"{p}:{at:,}" for p, at in sorted(table.reach.next_offsets.items()))
            if table.reach
            else "",
        )
    console.print(
        place.uri if shown.row_count else f"there is no table in {place.uri} yet", highlight=False
    )
    if shown.row_count:
        console.print(shown)


def tend_now(
    place: LakePlace, topic: str | None, keep_days: int | None, report: Callable[[str], None]
) -> None:
    tables = [table for table in _tables(place) if topic in (None, table.topic)]
    if not tables:
        raise LakeError(f"there is no table {topic or ''} in {place.uri}".replace("  ", " "))
    for table in tables:
        done = tend(table, keep_days, datetime.now(UTC).date())
        report(
            f"{table.topic}: {done.compacted} files into {done.into}, {done.dropped_rows:,} rows of old days dropped, "
            f"{done.deleted} files deleted"
        )


def _tables(place: LakePlace) -> Iterator[LakeTable]:
    for topic in TOPICS:
        if (table := LakeTable.find(place, topic.name)) is not None:
            yield table
