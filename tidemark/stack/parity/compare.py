"""`tidemark parity`: one recording through several launchers, and whether they end up with the
same."""

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
    """What one stack ended up with."""

    tables: dict[str, Digest]
    charts: dict[str, Digest]


def compare(
    settings: Settings, recording: Path, launchers: Sequence[str], report: Report
) -> list[str]:
    """Play the recording through one launcher after the other; the names of tables and charts that
    differ."""
    records = count_records(recording)
    held = {}
    for launcher in launchers:
        report(f"{launcher}: bringing it up, to play {records:,} records")
        with LAUNCHERS[launcher](settings, recording) as stack:
            report(f"{launcher}: merging")
            wait_until_merged(stack, records)
            held[launcher] = _held(stack)
        _show(launcher, held[launcher], report)
    return differences(list(held.values()))


def differences(held: Sequence[Held]) -> list[str]:
    """Tables and charts that are not the same in all of them."""
    first, *others = held
    different = []
    for kind in ("tables", "charts"):
        names = sorted({name for one in held for name in getattr(one, kind)})
        different += [
            f"{kind.removesuffix('s')} {name}"
            for name in names
            if any(getattr(one, kind).get(name) != getattr(first, kind).get(name) for one in others)
        ]
    return different


def _held(stack: RunningStack) -> Held:
    password = require(stack.settings.superset.viewer_password, "superset", "viewer_password")
    superset = SupersetApi(stack.dashboards_url, user="viewer", password=password)
    return Held(digest_tables(stack.settings.mysql), digest_charts(superset))


def _show(launcher: str, held: Held, report: Report) -> None:
    for kind, digests in (("table", held.tables), ("chart", held.charts)):
        for name, digest in digests.items():
            report(f"{launcher}: {kind} {name}: {digest.rows:,} rows, {digest.sha256[:16]}")


def count_records(recording: Path) -> int:
    """Return how many records source replay makes of a file; raise SettingsError where it cannot be
    read."""
    # The producer's own code counts: nothing under tidemark/ imports it.
    command = [sys.executable, "-m", "producer.sources.replay.count", str(recording)]
    counted = subprocess.run(command, capture_output=True, text=True, check=False)
    if counted.returncode:
        reason = counted.stderr.strip()
        raise SettingsError(f"{reason}; name a file of recorded posts")
    return int(counted.stdout)
