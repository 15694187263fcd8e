"""What `python -m producer` accepts as the name of a source."""

import threading
from pathlib import Path

import pytest

from producer import __main__ as program
from tidemark.errors import EX_CONFIG


def test_the_former_name_of_a_source_is_accepted_with_a_warning_that_says_what_to_write(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TIDEMARK_X__BEARER_TOKEN", raising=False)
    monkeypatch.setattr(program, "_stop_on_signals", threading.Event)

    assert program.main(["x_stream"]) == EX_CONFIG
    assert "TIDEMARK_X__BEARER_TOKEN is not set" in capsys.readouterr().err
    assert caplog.messages == ["deprecated: source x_stream is called x now, write x"]
