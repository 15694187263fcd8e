"""Bounds the log of a server: one file that grows, and the one before it."""

import os
import shutil
from pathlib import Path
from typing import Final

KEPT_BYTES: Final = 20 << 20
"""Size of each file. docker-compose.yml bounds the logs of containers, deploy/units/journald.conf those of units."""


def former(log_file: Path) -> Path:
    """Return the path of the log before this one."""
    return log_file.with_suffix(".log.1")


def cut(log_file: Path) -> bool:
    """Copy the log over the former one and truncate it, if it is larger than KEPT_BYTES; return whether it was.

    Its writers keep it open and append, so a renamed file would continue to grow. What they write between the copy
    and the truncation, some microseconds, is lost.
    """
    if not log_file.exists() or log_file.stat().st_size <= KEPT_BYTES:
        return False
    draft = former(log_file).with_suffix(".part")
    try:
        shutil.copyfile(log_file, draft)
    except OSError:  # for example a full disk: the log stays, and no server ends because of it
        draft.unlink(missing_ok=True)
        return False
    os.truncate(log_file, 0)
    draft.replace(former(log_file))
    return True
