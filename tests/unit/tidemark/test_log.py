import json
import logging
import re
from collections.abc import Iterator

import pytest

from tidemark import log


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level


def send_as(name: str, file: str) -> None:
    logging.getLogger(name).handle(
        logging.LogRecord(name, logging.ERROR, file, 1, "gone", (), None)
    )


def test_what_py4j_both_logs_as_root_and_raises_is_not_logged(
    capsys: pytest.CaptureFixture[str],
) -> None:
    log.configure()

    send_as("root", "/site-packages/py4j/clientserver.py")
    send_as("py4j.clientserver", "/site-packages/py4j/clientserver.py")
    send_as("root", "/somewhere/else.py")

    assert [line.split(" ", 1)[1] for line in capsys.readouterr().err.splitlines()] == [
        "ERROR py4j.clientserver gone",
        "ERROR root gone",
    ]


EVENTS = [
    "gap opened",
    "job stopped: MySQL at 127.0.0.1:3306 cannot be reached (2003); is it running?",
    "set TIDEMARK_X__TRACK=kafka and start again",
    'he wrote "no" twice',
    '"quoted" from the first letter on',
    "two\nlines, and a line end\n",
    "",
    " blanks at both ends ",
    "#İstanbul 🌊\u2028\u0085 and a bell \x07",
]
VALUES = [
    "x_stream",
    "the instance ended the connection",
    "a=b",
    'a"b',
    "C:\\path\\new",
    "",
    "one\ntwo=2 three",
    "\u00a0",
    "ç🌊",
    0.5,
    None,
    {0: 17},
    ["a", "b c"],
]


@pytest.mark.parametrize("event", EVENTS)
def test_a_line_can_be_taken_apart_again(event: str, capsys: pytest.CaptureFixture[str]) -> None:
    log.configure()
    fields = {f"field_{number}": value for number, value in enumerate(VALUES)}

    logging.getLogger("producer.run").warning("%s", event, extra=fields | {"odd key=": 1})

    (line,) = capsys.readouterr().err.splitlines()
    time, level, logger, *rest = line.split(" ", 3)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", time)
    assert (level, logger) == ("WARNING", "producer.run")
    expected = {key: str(value) for key, value in fields.items()} | {"odd_key_": "1"}
    assert parsed(rest[0]) == (event, expected)


def test_common_lines_have_no_quotes(capsys: pytest.CaptureFixture[str]) -> None:
    log.configure()

    logging.getLogger("tidemark.lake").info("lake compacted", extra={"topic": "posts", "files": 3})

    assert (
        capsys.readouterr()
        .err.rstrip()
        .endswith("INFO tidemark.lake lake compacted topic=posts files=3")
    )


def parsed(text: str) -> tuple[str, dict[str, str]]:
    """Event and fields, as a program reads them that knows the format from its description alone."""
    event, at = value_at(text, 0, ends_at=r" [\w.-]+=")
    fields = {}
    while at < len(text):
        equals = text.index("=", at)
        key = text[at + 1 : equals]
        fields[key], at = value_at(text, equals + 1, ends_at=" ")
    return event, fields


def value_at(text: str, at: int, *, ends_at: str) -> tuple[str, int]:
    if text[at : at + 1] == '"':
        value, length = json.JSONDecoder().raw_decode(text[at:])
        return value, at + length
    end = re.compile(ends_at).search(text, at)
    stop = end.start() if end else len(text)
    return text[at:stop], stop
