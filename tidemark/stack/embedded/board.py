"""Shows the state of the servers while they start and stop: a live table on a terminal, else plain lines."""

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
    """The state of each server, with a note, and how long the last change lasted."""

    def __init__(self, names: list[str], console: Console) -> None:
        self._console = console
        self._live: Live | None = None
        self._states = dict.fromkeys(names, State.WAITING)
        self._since_s = dict.fromkeys(names, time.monotonic())
        self._change_s = dict.fromkeys(names, 0.0)
        self._notes = dict.fromkeys(names, "")

    def state(self, name: str) -> State:
        return self._states[name]

    def note(self, name: str) -> str:
        """Return the note on its state; "" if there is none."""
        return self._notes[name]

    def set(self, name: str, state: State, note: str = "") -> None:
        """Set a server's state; print it as a line unless a live table shows it."""
        now_s = time.monotonic()
        has_moved = self._states[name] in _MOVING and state not in _MOVING
        change_s = now_s - self._since_s[name] if has_moved else 0.0
        self._change_s[name] = change_s
        self._since_s[name] = now_s
        self._states[name] = state
        self._notes[name] = note
        if self._live is None and state is not State.WAITING:
            after = f" after {change_s:.1f} s" if change_s else ""
            line = f"{name}: {state}{after}{note and ', '}{note}"
            self._console.print(line, highlight=False, markup=False, soft_wrap=True)

    @contextmanager
    def moving(self, title: str, *towards: State) -> Iterator[None]:
        """Show a live table on a terminal while the block runs, and how many servers reached one of the states."""
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
        table = Table(box=None, show_header=False, title=heading, title_justify="left")
        table.title_style = "bold"
        for name, state in self._states.items():
            table.add_row(*self._cells(name, state))
        return table

    def _cells(self, name: str, state: State) -> tuple[Spinner | Text, str, str, str, str]:
        if state in _MOVING:
            mark: Spinner | Text = Spinner("dots")
            seconds = time.monotonic() - self._since_s[name]
        else:
            mark = Text(*_MARKS[state])
            seconds = self._change_s[name]
        duration = f"{seconds:.1f} s" if seconds else ""
        return mark, name, str(state), duration, self._notes[name]
