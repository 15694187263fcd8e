"""`tidemark parity`: plays one recording through several launchers, and compares tables and charts."""

import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from tidemark.errors import SettingsError
from tidemark.settings import Settings, require
from tidemark.stack.parity.compose import compose_stack
from tidemark.stack.parity.digest import Digest, digest_charts, digest_tables
from tidemark.stack.parity.embedded import embedded_stack
from tidemark.stack.parity.stack import RunningStack, wait_until_merged
from tidemark.stack.parity.vagrant import vagrant_stack
from tidemark.stack.superset_api import SupersetApi

Launcher = Callable[[Settings, Path], AbstractContextManager[RunningStack]]
Report = Callable[[str], None]

LAUNCHERS: Final[Mapping[str, Launcher]] = {
    "embedded": embedded_stack,
    "compose": compose_stack,
    "cluster": partial(compose_stack, launcher="cluster"),
    "vagrant": vagrant_stack,
}


@dataclass(frozen=True)
class Held:
    """The tables and charts of one stack at the end."""

    tables: dict[str, Digest]
    charts: dict[str, Digest]


def compare(
    settings: Settings, recording: Path, launchers: Sequence[str], report: Report
) -> list[str]:
    """Play the recording through one launcher after the other; return the names of what differs."""
    records = count_records(recording)
    held = {}
    for launcher in launchers:
        report(f"{launcher}: starting, to play {records:,} records")
        with LAUNCHERS[launcher](settings, recording) as stack:
            report(f"{launcher}: merging")
            wait_until_merged(stack, records)
            held[launcher] = _held(stack)
        _show(launcher, held[launcher], report)
    return differences(list(held.values()))


def differences(held: Sequence[Held]) -> list[str]:
    """Return the tables and charts that are not the same in all stacks, such as `table posts`."""
    tables = _different([stack.tables for stack in held])
    charts = _different([stack.charts for stack in held])
    return [f"table {name}" for name in tables] + [f"chart {name}" for name in charts]


def _different(held: Sequence[Mapping[str, Digest]]) -> list[str]:
    names = sorted({name for digests in held for name in digests})
    return [name for name in names if len({digests.get(name) for digests in held}) > 1]


def _held(stack: RunningStack) -> Held:
    password = require(stack.settings.superset.viewer_password, "superset", "viewer_password")
    superset = SupersetApi(stack.dashboards_url, user="viewer", password=password)
    return Held(digest_tables(stack.settings.mysql), digest_charts(superset))


def _show(launcher: str, held: Held, report: Report) -> None:
    for kind, digests in (("table", held.tables), ("chart", held.charts)):
        for name, digest in digests.items():
            report(f"{launcher}: {kind} {name}: {digest.rows:,} rows, {digest.sha256[:16]}")


def count_records(recording: Path) -> int:
    """Return how many records the source `replay` makes of a file; raise SettingsError if it cannot be read."""
    # The producer's own code counts: nothing under tidemark/ imports it.
    command = [sys.executable, "-m", "producer.sources.replay.count", str(recording)]
    counted = subprocess.run(command, capture_output=True, text=True, check=False)
    if counted.returncode:
        reason = counted.stderr.strip()
        raise SettingsError(f"{reason}; name a file of recorded posts")
    return int(counted.stdout)
