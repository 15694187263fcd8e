"""`tidemark replay-lake` and `tidemark lake restart`, which tidemark/cli/lake.py passes on to here."""

import click
from rich.console import Console

from spark_jobs.replay.lake import replay_lake
from spark_jobs.replay.restart import restart_lake
from tidemark import settings
from tidemark.command_group import CommandGroup
from tidemark.lake.command import instant
from tidemark.lake.location import require_lake


@click.group(cls=CommandGroup, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Rebuild tables from the lake, and restart tables of the lake."""


@main.command("replay-lake")
@click.argument("topic")
@click.option(
    "--since",
    metavar="INSTANT",
    help="From what arrived then; by default from the ledger's offsets.",
)
def _replay_lake(topic: str, since: str | None) -> None:
    """Rebuild the tables of TOPIC's job from the lake; rows that are in them already stay as they are."""
    loaded = settings.load()
    records = replay_lake(loaded, require_lake(loaded), topic, instant(since), Console())
    click.echo(f"merged {records:,} records of the lake; the job continues after them")


@main.group()
def lake() -> None:
    """Change the tables of the lake."""


@lake.command()
@click.argument("topic")
def restart(topic: str) -> None:
    """Let TOPIC's table continue with the oldest records that Kafka still has. Stored rows stay."""
    loaded = settings.load()
    table = restart_lake(loaded, require_lake(loaded), topic)
    offsets = " ".join(f"{number}:{at}" for number, at in sorted(table.next_offsets.items()))
    click.echo(f"{topic} continues at {offsets} of topic {table.topic_id}")


if __name__ == "__main__":
    main(prog_name="tidemark")
