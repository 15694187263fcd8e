"""`tidemark tables`: the tables of MySQL."""

import click

from tidemark import settings


@click.group(invoke_without_command=True)
@click.pass_context
def tables(context: click.Context) -> None:
    """Show the tables of MySQL: rows, sizes, oldest day, days to keep; or drop old rows."""
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
