"""Sub-commands of `tidemark` that are about the lake; see cli.py."""

from pathlib import Path

import click

from tidemark import settings
from tidemark.errors import SettingsError


@click.group(invoke_without_command=True)
@click.pass_context
def lake(context: click.Context) -> None:
    """The tables of the lake: rows, sizes, versions, days. Its sub-commands change them."""
    if context.invoked_subcommand is None:
        from rich.console import Console

        from tidemark.lake.location import require_lake
        from tidemark.lake.show import show

        show(require_lake(settings.load()), Console())


@lake.command()
@click.argument("topic", required=False)
def maintain(topic: str | None) -> None:
    """Compact TOPIC's table, or all; drop days that are too old. The jobs do so too, once an
    hour."""
    from tidemark.lake.location import require_lake
    from tidemark.lake.show import compact_now

    loaded = settings.load()
    compact_now(require_lake(loaded), topic, loaded.lake.keep_days, click.echo)


@lake.command()
@click.argument("topic")
def restart(topic: str) -> None:
    """Let TOPIC's table go on with what Kafka has, where what it wants next is gone. What is stored
    stays."""
    from spark_jobs.replay.restart import restart_lake
    from tidemark.lake.location import require_lake

    loaded = settings.load()
    reach = restart_lake(loaded, require_lake(loaded), topic)
    offsets = " ".join(
        f"{partition}:{offset}" for partition, offset in sorted(reach.next_offsets.items())
    )
    click.echo(f"{topic} goes on at {offsets} of topic {reach.topic_id}")


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
    help="What arrived from then on: 2026-03-01, 2026-03-01T12:00:00Z, or now.",
)
@click.option("--until", metavar="INSTANT", help="What arrived before.")
@click.option(
    "--every",
    type=click.IntRange(1),
    metavar="ROWS",
    help="Rows of a file; without it all are in one.",
)
@click.option(
    "--follow",
    is_flag=True,
    help="Go on as rows come: files of --every rows (100), or of what came in 60 s.",
)
@click.option(
    "--for-spreadsheets",
    is_flag=True,
    help="CSV with a byte order mark, and no cell that would run as a formula.",
)
@click.option("--payload", is_flag=True, help="With the column `value`: each record's bytes.")
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
    """Write TOPIC, or a span of it, from the lake into files, with a manifest of their sums."""
    from tidemark.lake.command import export_span, instant, until_stopped
    from tidemark.lake.export import ExportRequest
    from tidemark.lake.location import require_lake

    if for_spreadsheets and kind != "csv":
        raise SettingsError(
            f"--for-spreadsheets is of CSV files, and --format is {kind}; leave one of them out"
        )
    place = require_lake(settings.load())
    folder = into or Path("export") / topic
    wish = ExportRequest(
        topic, kind, folder, instant(since), instant(until), every, payload, for_spreadsheets
    )
    if follow:
        until_stopped(place, wish, click.echo)
    else:
        export_span(place, wish)


@click.command("replay-lake")
@click.argument("topic")
@click.option(
    "--since", metavar="INSTANT", help="From what arrived then; the default is where the ledger is."
)
def replay_lake(topic: str, since: str | None) -> None:
    """Build the tables of TOPIC's job from the lake; what is in them already stays as it is."""
    from rich.console import Console

    from spark_jobs.replay.lake import replay_lake
    from tidemark.lake.command import instant
    from tidemark.lake.location import require_lake

    loaded = settings.load()
    console = Console()
    records = replay_lake(loaded, require_lake(loaded), topic, instant(since), console)
    click.echo(f"merged {records:,} records of the lake; the job goes on behind them")
