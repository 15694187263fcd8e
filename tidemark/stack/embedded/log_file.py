"""The log of a server, which is bounded: one file that grows, and one before it."""

import os
import shutil
from pathlib import Path
from typing import Final

KEPT_BYTES: Final = 20 << 20
"""Of each of the two. docker-compose.yml bounds the logs of containers, deploy/units/journald.conf
those of units."""


def former(log_file: Path) -> Path:
    """Return where the log before this one is."""
    return log_file.with_suffix(".log.1")


def cut(log_file: Path) -> bool:
    """Keep a copy in place of the former log and empty it, where it is larger than KEPT_BYTES;
    return whether it was.

    Its writers keep it open and append, so a file of another name would go on growing. What they
    write between copy and cut, some microseconds, is lost.
    """
    if not log_file.exists() or log_file.stat().st_size <= KEPT_BYTES:
        return False
    draft = former(log_file).with_suffix(".part")
    try:
        shutil.copyfile(log_file, draft)
    except OSError:  # as of a full disk: the log stays, and no server ends because of it
        draft.unlink(missing_ok=True)
        return False
    os.truncate(log_file, 0)
    draft.replace(former(log_file))
    return True
