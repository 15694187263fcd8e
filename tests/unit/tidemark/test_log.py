import logging
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
