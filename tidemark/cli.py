"""The `tidemark` command. Each sub-command imports its part when it runs, and not before."""

import sys

import click

from tidemark import settings
from tidemark.errors import TidemarkError


class _Command(click.Group):
    """Errors of ours are one line and exit code 1; anything else is a mistake of ours and shows its way."""

    def invoke(self, context: click.Context) -> object:
        try:
            return super().invoke(context)
        except TidemarkError as error:
            click.echo(f"tidemark: {error}", err=True)
            sys.exit(1)


@click.group(cls=_Command, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Live events, through Kafka and Spark, exactly once into MySQL, onto Superset dashboards."""


@main.command()
@click.option("--lock", is_flag=True, help="Resolve the jars anew and write jars.lock.")
def jars(lock: bool) -> None:
    """Fetch the jars of Kafka and Spark, and check them against jars.lock."""
    from tidemark.stack.jars import install_jars, write_lock
    from tidemark.stack.java import find_java

    if lock:
        click.echo(f"jars.lock names {write_lock(java=find_java(), report=click.echo)} jars")
        return
    fetched = install_jars(settings.load().jars_dir, java=find_java(), report=click.echo)
    click.echo(f"fetched {fetched} jars" if fetched else "all jars are there, and as jars.lock says")


@main.command()
def up() -> None:
    """Start the stack of the data folder, and stay until Ctrl-C."""
    from rich.console import Console

    from tidemark.stack.embedded.up import up

    up(settings.load(), Console())


@main.command()
def prepare() -> None:
    """Accounts, topics, tables and dashboards, as this version wants them. Safe to run at any time."""
    from tidemark.stack.prepare import prepare_dashboards, prepare_data

    loaded = settings.load()
    prepare_data(loaded, click.echo)
    prepare_dashboards(loaded, click.echo)


@main.command()
def down() -> None:
    """Stop the stack of the data folder, and wait until it has stopped."""
    from rich.console import Console

    from tidemark.stack.embedded.down import down

    down(settings.load().data_dir, Console())


@main.command()
def status() -> None:
    """Each server, asked now, and how far each job has come. Exit code 1 where something is wrong."""
    from rich.console import Console

    from tidemark.stack.embedded.status import status

    sys.exit(0 if status(settings.load(), Console()) else 1)
