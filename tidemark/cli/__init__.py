"""The `tidemark` command. Each sub-command imports its part when it runs, and not before."""

import sys
from pathlib import Path

import click

from tidemark import settings
from tidemark.cli.lake import export, lake, replay_lake
from tidemark.errors import StackError, TidemarkError


class _Command(click.Group):
    """Errors of ours are one line and exit code 1; anything else is a mistake of ours and shows its
    way."""

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
@click.option("--only", type=click.Choice(["kafka", "spark"]), help="Those of one of them.")
@click.option("--lock", is_flag=True, help="Resolve the jars anew and write jars.lock.")
def jars(only: str | None, lock: bool) -> None:
    """Fetch the jars of Kafka and Spark, and check them against jars.lock."""
    from tidemark.stack.jars import install_jars, write_lock
    from tidemark.stack.java import find_java

    if lock:
        click.echo(f"jars.lock names {write_lock(java=find_java(), report=click.echo)} jars")
        return
    fetched = install_jars(settings.load().jars_dir, java=find_java(), report=click.echo, only=only)
    click.echo(
        f"fetched {fetched} jars" if fetched else "all jars are there, and as jars.lock says"
    )


@main.command()
@click.option(
    "--demo",
    is_flag=True,
    help="Leave out live sources that cannot be reached; made-up posts if none can.",
)
def up(demo: bool) -> None:
    """Start the stack of the data folder, and stay until Ctrl-C."""
    from rich.console import Console

    from tidemark.stack.embedded.reach import with_reachable_sources
    from tidemark.stack.embedded.up import up

    loaded = settings.load()
    up(with_reachable_sources(loaded, click.echo) if demo else loaded, Console())


@main.command()
@click.argument("part", type=click.Choice(["all", "data", "dashboards"]), default="all")
def prepare(part: str) -> None:
    """Accounts, topics and tables (data), dashboards, or all, as this version wants them. Safe to
    run at any time."""
    from tidemark.stack.prepare import prepare_dashboards, prepare_data

    loaded = settings.load()
    if part != "dashboards":
        prepare_data(loaded, click.echo)
    if part != "data":
        prepare_dashboards(loaded, click.echo)


@main.command()
@click.argument("folder", type=click.Path(path_type=Path))
def secrets(folder: Path) -> None:
    """Make what secrets are missing, and deal to each container, in FOLDER/NAME, those that it
    needs."""
    from tidemark.stack.embedded.secrets import with_secrets
    from tidemark.stack.secret_files import deal

    deal(with_secrets(settings.load()), folder)


@main.command()
@click.argument("service", metavar="kafka|notebook|jobs|JOB")
def health(service: str) -> None:
    """Whether Kafka or JupyterLab answers, all jobs keep up, or one by its name. Exit code 1 and a
    line where not."""
    from tidemark.stack import health

    loaded = settings.load()
    match service:
        case "kafka":
            problem = health.kafka_problem(loaded.kafka)
        case "notebook":
            token = settings.require(loaded.notebook.token, "notebook", "token")
            problem = health.notebook_problem(
                f"http://127.0.0.1:{loaded.notebook.port}", token=token
            )
        case "jobs":
            problem = health.jobs_problem(loaded)
        case job:
            problem = health.job_problem(loaded, job)
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
    """Each server, asked now, and how far each job has come. Exit code 1 where something is
    wrong."""
    from rich.console import Console

    from tidemark.stack.embedded.status import status

    sys.exit(0 if status(settings.load(), Console()) else 1)


@main.command()
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
    """Play FILE through several launchers, and compare all tables and charts. Exit code 1 where any
    differs."""
    from tidemark.stack.parity.compare import compare

    different = compare(settings.load(), recording, launchers, click.echo)
    if different:
        raise StackError(f"{' and '.join(launchers)} differ in: {', '.join(different)}")
    click.echo(f"{' and '.join(launchers)}: all tables and charts are equal")


@main.group(invoke_without_command=True)
@click.pass_context
def tables(context: click.Context) -> None:
    """The tables of MySQL: rows, sizes, oldest day, days to keep. Its sub-command drops what is
    old."""
    if context.invoked_subcommand is None:
        from rich.console import Console

        from tidemark.stack.embedded.status import of_running
        from tidemark.upkeep.tables import show_tables

        show_tables(of_running(settings.load()), Console())


@tables.command()
def drop() -> None:
    """Drop rows that are older than the settings keep them. The jobs do so too, once a day."""
    from tidemark.stack.embedded.status import of_running
    from tidemark.upkeep.tables import drop_now

    drop_now(of_running(settings.load()), click.echo)


for command in (lake, export, replay_lake):
    main.add_command(command)
