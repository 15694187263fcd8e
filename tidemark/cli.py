"""The `tidemark` command. Each sub-command imports its part when it runs, and not before."""

import sys
from pathlib import Path

import click

from tidemark import settings
from tidemark.errors import StackError, TidemarkError


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
@click.argument("part", type=click.Choice(["all", "data", "dashboards"]), default="all")
def prepare(part: str) -> None:
    """Accounts, topics and tables (data), dashboards, or all, as this version wants them. Safe to run at any time."""
    from tidemark.stack.prepare import prepare_dashboards, prepare_data

    loaded = settings.load()
    if part != "dashboards":
        prepare_data(loaded, click.echo)
    if part != "data":
        prepare_dashboards(loaded, click.echo)


@main.command()
@click.argument("folder", type=click.Path(path_type=Path))
def secrets(folder: Path) -> None:
    """Make what secrets are missing, and deal to each container, in FOLDER/NAME, those that it needs."""
    from tidemark.stack.embedded.secrets import with_secrets
    from tidemark.stack.secret_files import deal

    deal(with_secrets(settings.load()), folder)


@main.command()
@click.argument("service", metavar="kafka|JOB")
def health(service: str) -> None:
    """Whether Kafka answers, or a job, by its name, keeps up. Exit code 1 and a line where it is not so."""
    from tidemark.stack import health

    loaded = settings.load()
    problem = health.kafka_problem(loaded.kafka) if service == "kafka" else health.job_problem(loaded, service)
    if problem:
        raise StackError(problem)


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


@main.command()
@click.argument("recording", metavar="FILE", type=click.Path(path_type=Path))
@click.option(
    "--through",
    "launchers",
    type=click.Choice(["embedded", "compose"]),
    multiple=True,
    default=("embedded", "compose"),
    show_default=True,
    help="A way to launch the stack; may be given several times.",
)
def parity(recording: Path, launchers: tuple[str, ...]) -> None:
    """Play FILE through several launchers, and compare all tables and charts. Exit code 1 where any differs."""
    from tidemark.stack.parity.compare import compare

    different = compare(settings.load(), recording, launchers, click.echo)
    if different:
        raise StackError(f"{' and '.join(launchers)} differ in: {', '.join(different)}")
    click.echo(f"{' and '.join(launchers)}: all tables and charts are equal")
