"""How the servers stand, shown while one waits: a table that moves on a terminal, plain lines
elsewhere."""

import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from enum import StrEnum

from rich.console import Console
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text


class State(StrEnum):
    WAITING = "waiting"
    STARTING = "starting"
    READY = "ready"
    FINISHED = "finished"
    STOPPING = "stopping"
    STOPPED = "stopped"
    DIED = "died"


_MOVING = (State.STARTING, State.STOPPING)
_MARKS = {
    State.WAITING: ("·", "dim"),
    State.READY: ("✓", "green"),
    State.FINISHED: ("✓", "green"),
    State.STOPPED: ("·", "dim"),
    State.DIED: ("✗", "red"),
}


class Board:
    """Knows the state of each server, and for how long it took to get there."""

    def __init__(self, names: list[str], console: Console) -> None:
        self._console = console
        self._live: Live | None = None
        self._states = dict.fromkeys(names, State.WAITING)
        self._since_s = dict.fromkeys(names, time.monotonic())
        self._took_s = dict.fromkeys(names, 0.0)
        self._notes = dict.fromkeys(names, "")

    def state(self, name: str) -> State:
        return self._states[name]

    def note(self, name: str) -> str:
        """What was said of its state; "" where nothing was."""
        return self._notes[name]

    def set(self, name: str, state: State, note: str = "") -> None:
        """A line of its own where no table moves."""
        now_s = time.monotonic()
        has_moved = self._states[name] in _MOVING and state not in _MOVING
        self._took_s[name] = now_s - self._since_s[name] if has_moved else 0.0
        self._since_s[name] = now_s
        self._states[name] = state
        self._notes[name] = note
        if self._live is None and state is not State.WAITING:
            took = f" after {self._took_s[name]:.1f} s" if self._took_s[name] else ""
            self._console.print(
                f"{name}: {state}{took}{note and ', '}{note}",
                highlight=False,
                markup=False,
                soft_wrap=True,
            )

    @contextmanager
    def moving(self, title: str, *towards: State) -> Iterator[None]:
        """While the block runs, a terminal shows the table, and how many servers have reached one
        of the states."""
        if not self._console.is_terminal:
            self._console.print(title, highlight=False)
            yield
            return
        self._started_s = time.monotonic()
        with Live(
            get_renderable=lambda: self._table(title, towards),
            console=self._console,
            refresh_per_second=8,
        ) as live:
            self._live = live
            try:
                yield
            finally:
                self._live = None

    def _table(self, title: str, towards: Collection[State]) -> Table:
        done = sum(state in towards for state in self._states.values())
        passed_s = time.monotonic() - self._started_s
        heading = f"{title}  {done} of {len(self._states)}, {passed_s:.0f} s"
        table = Table(
            box=None, show_header=False, title=heading, title_justify="left", title_style="bold"
        )
        for name, state in self._states.items():
            mark = Spinner("dots") if state in _MOVING else Text(*_MARKS[state])
            seconds = (
                time.monotonic() - self._since_s[name] if state in _MOVING else self._took_s[name]
            )
            table.add_row(
                mark, name, str(state), f"{seconds:.1f} s" if seconds else "", self._notes[name]
            )
        return table
