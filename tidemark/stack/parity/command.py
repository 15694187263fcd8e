"""Runs a program that launches stacks, in the project's folder."""

import subprocess
from collections.abc import Mapping, Sequence

from tidemark.errors import SetupError, StackError
from tidemark.stack.project import FOLDER


def run(command: Sequence[str], environment: Mapping[str, str]) -> str:
    """Run a command and return its output; raise StackError with its end if it fails, SetupError if it is missing."""
    try:
        done = subprocess.run(
            command,
            cwd=FOLDER,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError:
        raise SetupError(
            f"no `{command[0]}` on the PATH; install it, or leave out the launcher that needs it"
        ) from None
    if done.returncode != 0:
        lines = (done.stderr or done.stdout).strip().splitlines()[-12:]
        end = "".join(f"\n    {line}" for line in lines)
        raise StackError(f"`{' '.join(command[:3])}` failed:{end}")
    return done.stdout
