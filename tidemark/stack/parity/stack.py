"""A stack that plays a recording, however it was launched."""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tidemark import mysql
from tidemark.errors import StackError
from tidemark.settings import Settings, variable

QUIET_S: Final = 120
"""A stack that merges nothing for so long has stopped short."""


@dataclass(frozen=True)
class RunningStack:
    """Its name among launchers, its addresses and passwords, and where its dashboards are."""

    launcher: str
    settings: Settings
    dashboards_url: str


def replay_environment(recording: Path) -> dict[str, str]:
    """What makes a stack play the recording as fast as it goes."""
    return {
        variable("source"): "replay",
        variable("replay", "file"): str(recording),
        variable("replay", "speed"): "0",
    }


def wait_until_merged(stack: RunningStack, records: int) -> None:
    """Until the ledger is past so many records; StackError where it stands still before."""
    merged, since_s = -1, time.monotonic()
    while merged < records:
        now = _merged(stack)
        if now != merged:
            merged, since_s = now, time.monotonic()
        elif time.monotonic() - since_s > QUIET_S:
            raise StackError(f"{stack.launcher}: {merged:,} of {records:,} records are merged, and no more come")
        time.sleep(0.5)


def _merged(stack: RunningStack) -> int:
    with mysql.connect(stack.settings.mysql, "reader") as connection, connection.cursor() as cursor:
        cursor.execute("SELECT COALESCE(SUM(next_offset), 0) FROM ledger")
        return int(cursor.fetchone()[0])
