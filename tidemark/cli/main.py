"""The command group: its sub-commands, and how errors are shown."""

import click

from tidemark.cli.lake import export, lake, replay_lake
from tidemark.cli.stack import down, health, jars, parity, prepare, secrets, status, up
from tidemark.cli.tables import tables
from tidemark.command_group import CommandGroup


@click.group(cls=CommandGroup, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Stream events through Kafka and Spark, exactly once into MySQL, onto Superset dashboards."""


for _command in (
    *(up, down, status, prepare, health, secrets, jars, parity),
    *(tables, lake, export, replay_lake),
):
    main.add_command(_command)
