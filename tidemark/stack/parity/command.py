"""A program that launches stacks, run to its end in the project's folder."""

import subprocess
from collections.abc import Mapping, Sequence

from tidemark.errors import SetupError, StackError
from tidemark.stack.project import FOLDER


def run(command: Sequence[str], environment: Mapping[str, str]) -> str:
    """What it printed; StackError with the end of what it said where it fails, SetupError where it
    is not there."""
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
            f"no `{command[0]}` on the PATH; install it, or leave out what is launched by it"
        ) from None
    if done.returncode != 0:
        said = (done.stderr or done.stdout).strip().splitlines()[-12:]
        told = "".join(f"\n    {line}" for line in said)
        raise StackError(f"`{' '.join(command[:3])}` failed:{told}")
    return done.stdout
