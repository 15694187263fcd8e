"""What people see while servers come and go."""

import io
import re

from rich.console import Console

from tidemark.stack.embedded.board import Board, State


def plain(text: str) -> str:
    """Without times, which no test should depend on."""
    return re.sub(r"\d+\.\d s", "N s", text)


def test_without_a_terminal_every_step_is_a_line() -> None:
    out = io.StringIO()
    board = Board(["Kafka", "Producer"], Console(file=out, width=100))

    with board.moving("Starting", State.READY):
        board.set("Kafka", State.STARTING)
        board.set("Kafka", State.READY, "127.0.0.1:20001")
        board.set("Producer", State.STARTING)
        board.set("Producer", State.DIED)

    assert plain(out.getvalue()).splitlines() == [
        "Starting",
        "Kafka: starting",
        "Kafka: ready after N s, 127.0.0.1:20001",
        "Producer: starting",
        "Producer: died after N s",
    ]


def test_a_terminal_shows_all_servers_and_how_many_are_up() -> None:
    out = io.StringIO()
    board = Board(
        ["Kafka", "Producer", "Superset"], Console(file=out, width=100, force_terminal=True)
    )

    with board.moving("Starting", State.READY):
        board.set("Kafka", State.STARTING)
        board.set("Kafka", State.READY, "127.0.0.1:20001")
        board.set("Producer", State.STARTING)

    shown = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", out.getvalue())
    for words in (
        "Starting  1 of 3",
        "✓",
        "Kafka",
        "127.0.0.1:20001",
        "Producer",
        "starting",
        "Superset",
        "waiting",
    ):
        assert words in shown
