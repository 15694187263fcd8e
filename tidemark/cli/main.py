"""The command group: its sub-commands, and how errors are shown."""

import sys

import click

from tidemark.cli.lake import export, lake, replay_lake
from tidemark.cli.stack import down, health, jars, parity, prepare, secrets, status, up
from tidemark.cli.tables import tables
from tidemark.errors import TidemarkError


class _Commands(click.Group):
    """Prints a TidemarkError as one line, with exit code 1; any other exception is a bug, with a traceback."""

    def invoke(self, context: click.Context) -> object:
        try:
            return super().invoke(context)
        except TidemarkError as error:
            click.echo(f"tidemark: {error}", err=True)
            sys.exit(1)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Stream events through Kafka and Spark, exactly once into MySQL, onto Superset dashboards."""


for _command in (
    *(up, down, status, prepare, health, secrets, jars, parity),
    *(tables, lake, export, replay_lake),
):
    main.add_command(_command)
