"""Sub-commands that start, prepare, check and stop servers."""

import sys
from pathlib import Path

import click

from tidemark import settings
from tidemark.errors import StackError


@click.command()
@click.option("--only", type=click.Choice(["kafka", "spark"]), help="Only the jars of one of them.")
@click.option("--lock", is_flag=True, help="Resolve the jars from scratch and write jars.lock.")
def jars(only: str | None, lock: bool) -> None:
    """Fetch the jars of Kafka and Spark, and check them against jars.lock."""
    from tidemark.stack.jars import install_jars, write_lock
    from tidemark.stack.java import find_java

    if lock:
        click.echo(f"jars.lock names {write_lock(java=find_java(), report=click.echo)} jars")
        return
    folder = settings.load().jars_dir
    fetched = install_jars(folder, java=find_java(), report=click.echo, only=only)
    click.echo(f"fetched {fetched} jars" if fetched else "all jars are there, as jars.lock says")


@click.command()
@click.option(
    "--demo",
    is_flag=True,
    help="Leave out live sources that cannot be reached; use made-up posts if none can.",
)
def up(demo: bool) -> None:
    """Start the stack of the data folder, and stay until Ctrl-C."""
    from rich.console import Console

    from tidemark.stack.embedded.reach import with_reachable_sources
    from tidemark.stack.embedded.up import up

    loaded = settings.load()
    up(with_reachable_sources(loaded, click.echo) if demo else loaded, Console())


@click.command()
def down() -> None:
    """Stop the stack of the data folder, and wait until it has stopped."""
    from rich.console import Console

    from tidemark.stack.embedded.down import down

    down(settings.load().data_dir, Console())


@click.command()
def status() -> None:
    """Check each server now, and show how far each job is. Exit code 1 if something is wrong."""
    from rich.console import Console

    from tidemark.stack.embedded.status import status

    sys.exit(0 if status(settings.load(), Console()) else 1)


@click.command()
@click.argument("part", type=click.Choice(["all", "data", "dashboards"]), default="all")
def prepare(part: str) -> None:
    """Create or update accounts, topics and tables (data), dashboards, or all. Safe at any time."""
    from tidemark.stack.prepare import prepare_dashboards, prepare_data

    loaded = settings.load()
    if part != "dashboards":
        prepare_data(loaded, click.echo)
    if part != "data":
        prepare_dashboards(loaded, click.echo)


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
def secrets(folder: Path) -> None:
    """Make missing secrets, and write those that each container NAME needs into FOLDER/NAME."""
    from tidemark.stack.embedded.secrets import with_secrets
    from tidemark.stack.secret_files import deal

    deal(with_secrets(settings.load()), folder)


@click.command()
@click.argument("service", metavar="kafka|notebook|jobs|JOB")
def health(service: str) -> None:
    """Check Kafka, JupyterLab, all jobs, or one job by its name. Exit code 1 and a line if unhealthy."""
    from tidemark.stack import health

    loaded = settings.load()
    match service:
        case "kafka":
            problem = health.kafka_problem(loaded.kafka)
        case "notebook":
            token = settings.require(loaded.notebook.token, "notebook", "token")
            url = f"http://127.0.0.1:{loaded.notebook.port}"
            problem = health.notebook_problem(url, token=token)
        case "jobs":
            problem = health.jobs_problem(loaded)
        case job:
            problem = health.job_problem(loaded, job)
    if problem:
        raise StackError(problem)


@click.command()
@click.argument("recording", metavar="FILE", type=click.Path(path_type=Path))
@click.option(
    "--through",
    "launchers",
    type=click.Choice(["embedded", "compose", "cluster", "vagrant"]),
    multiple=True,
    default=("embedded", "compose"),
    show_default=True,
    help="A way to launch the stack; may be given several times.",
)
def parity(recording: Path, launchers: tuple[str, ...]) -> None:
    """Play FILE through several launchers, and compare all tables and charts. Exit code 1 if any differs."""
    from tidemark.stack.parity.compare import compare

    different = compare(settings.load(), recording, launchers, click.echo)
    if different:
        raise StackError(f"{' and '.join(launchers)} differ in: {', '.join(different)}")
    click.echo(f"{' and '.join(launchers)}: all tables and charts are equal")
