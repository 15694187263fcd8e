"""A group of commands whose errors are one line."""

import sys

import click

from tidemark.errors import TidemarkError


class CommandGroup(click.Group):
    """Prints a TidemarkError as one line, with exit code 1; any other exception is a bug, with a traceback."""

    def invoke(self, context: click.Context) -> object:
        try:
            return super().invoke(context)
        except TidemarkError as error:
            click.echo(f"tidemark: {error}", err=True)
            sys.exit(1)
