"""The `tidemark` command. Each sub-command imports what it needs when it runs, not before."""

from tidemark.cli.main import main

__all__ = ["main"]
