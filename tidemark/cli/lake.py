"""Sub-commands of the lake: `tidemark lake`, `tidemark export`, `tidemark replay-lake`."""

import os
import sys
from pathlib import Path
from typing import Final, NoReturn

import click

from tidemark import settings
from tidemark.errors import SettingsError

_PASSED_ON: Final = {"ignore_unknown_options": True}
"""For commands whose arguments another process reads."""


@click.group(invoke_without_command=True)
@click.pass_context
def lake(context: click.Context) -> None:
    """Show the tables of the lake: rows, sizes, versions, days. Sub-commands change them."""
    if context.invoked_subcommand is None:
        from rich.console import Console

        from tidemark.lake.location import require_lake
        from tidemark.lake.show import show

        show(require_lake(settings.load()), Console())


@lake.command()
@click.argument("topic", required=False)
def compact(topic: str | None) -> None:
    """Compact TOPIC's table, or all, and drop days that are too old. The jobs do so every hour."""
    from tidemark.lake.location import require_lake
    from tidemark.lake.show import compact_now

    loaded = settings.load()
    compact_now(require_lake(loaded), topic, loaded.lake.keep_days, click.echo)


# Its name before 0.2, for scripts that still use it.
lake.add_command(
    click.Command("tend", callback=compact.callback, params=compact.params, hidden=True)
)


@lake.command(add_help_option=False, context_settings=_PASSED_ON)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def restart(arguments: tuple[str, ...]) -> None:
    """Let TOPIC's table continue with the oldest records that Kafka still has. Stored rows stay."""
    _become_replay("lake", "restart", *arguments)


@click.command()
@click.argument("topic")
@click.option(
    "--format",
    "kind",
    type=click.Choice(["csv", "jsonl", "parquet", "avro"]),
    default="csv",
    show_default=True,
)
@click.option(
    "--since",
    metavar="INSTANT",
    help="Records that arrived from then on: 2026-03-01, 2026-03-01T12:00:00Z, or now.",
)
@click.option("--until", metavar="INSTANT", help="Records that arrived before.")
@click.option(
    "--every",
    type=click.IntRange(1),
    metavar="ROWS",
    help="Rows in a file; without it all rows are in one file.",
)
@click.option(
    "--follow",
    is_flag=True,
    help="Continue as rows arrive: files of --every rows (100), or of what has waited for 60 s.",
)
@click.option(
    "--for-spreadsheets",
    is_flag=True,
    help="CSV with a byte order mark, and no cell that would run as a formula.",
)
@click.option("--payload", is_flag=True, help="Include the column `value`: each record's bytes.")
@click.option(
    "--into",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="FOLDER",
    help="Default: export/TOPIC.",
)
def export(
    topic: str,
    kind: str,
    since: str | None,
    until: str | None,
    every: int | None,
    follow: bool,
    for_spreadsheets: bool,
    payload: bool,
    into: Path | None,
) -> None:
    """Write TOPIC, or a span of it, from the lake into files, with a manifest of their checksums."""
    from tidemark.lake.command import export_span, instant, until_stopped
    from tidemark.lake.export import ExportRequest
    from tidemark.lake.location import require_lake

    if for_spreadsheets and kind != "csv":
        raise SettingsError(
            f"--for-spreadsheets is for CSV files, and --format is {kind}; leave one of them out"
        )
    location = require_lake(settings.load())
    folder = into or Path("export") / topic
    request = ExportRequest(
        topic, kind, folder, instant(since), instant(until), every, payload, for_spreadsheets
    )
    if follow:
        until_stopped(location, request, click.echo)
    else:
        export_span(location, request)


@click.command("replay-lake", add_help_option=False, context_settings=_PASSED_ON)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def replay_lake(arguments: tuple[str, ...]) -> None:
    """Rebuild the tables of TOPIC's job from the lake; rows that are in them already stay as they are."""
    _become_replay("replay-lake", *arguments)


def _become_replay(*command: str) -> NoReturn:
    """Run a command of the jobs' own (spark_jobs/replay/__main__.py) in place of this process.

    It has the options, the terminal, the signals and the exit code of this one, so that nothing
    under tidemark/ imports the jobs.
    """
    os.execv(sys.executable, [sys.executable, "-P", "-m", "spark_jobs.replay", *command])  # noqa: S606
