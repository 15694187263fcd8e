"""A running stack that plays a recording, however it was launched."""

import os
import time
from dataclasses import dataclass
from typing import Final

from pydantic import SecretStr

from tidemark import mysql
from tidemark.errors import StackError
from tidemark.settings import Settings, variable
from tidemark.stack.embedded.ports import LOOPBACK

QUIET_S: Final = 120
"""A stack that merges nothing for so long has failed."""


@dataclass(frozen=True)
class RunningStack:
    """The launcher's name, the settings with addresses and passwords, and where the dashboards are."""

    launcher: str
    settings: Settings
    dashboards_url: str


def as_found(
    launcher: str,
    settings: Settings,
    *,
    mysql_port: int,
    superset_port: int,
    reader_password: SecretStr,
    viewer_password: SecretStr,
) -> RunningStack:
    """Return a stack whose servers answer at these ports of loopback."""
    mysql_there = {"host": LOOPBACK, "port": mysql_port, "reader_password": reader_password}
    return RunningStack(
        launcher,
        settings.model_copy(
            update={
                "mysql": settings.mysql.model_copy(update=mysql_there),
                "superset": settings.superset.model_copy(
                    update={"viewer_password": viewer_password}
                ),
            }
        ),
        f"http://{LOOPBACK}:{superset_port}",
    )


def inherited_environment() -> dict[str, str]:
    """Return this process's environment without Tidemark's settings: each stack has different ones."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.upper().startswith("TIDEMARK_")
    }


def replay_environment(recording: str) -> dict[str, str]:
    """Return the settings that make a stack play the recording (a path that the stack sees) at full speed."""
    return {
        variable("source"): "replay",
        variable("replay", "file"): recording,
        variable("replay", "speed"): "0",
    }


def wait_until_merged(stack: RunningStack, records: int) -> None:
    """Wait until the ledger has counted so many records; raise StackError if it stops before."""
    merged, since_s = -1, time.monotonic()
    while merged < records:
        now = _merged(stack)
        if now != merged:
            merged, since_s = now, time.monotonic()
        elif time.monotonic() - since_s > QUIET_S:
            raise StackError(
                f"{stack.launcher}: {merged:,} of {records:,} records are merged, and no more come"
            )
        time.sleep(0.5)


def _merged(stack: RunningStack) -> int:
    with mysql.connect(stack.settings.mysql, "reader") as connection, connection.cursor() as cursor:
        cursor.execute("SELECT COALESCE(SUM(next_offset), 0) FROM ledger")
        return int(cursor.fetchone()[0])
