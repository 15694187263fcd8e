"""What a worker of Spark's says of an error, and what it does not."""

import traceback

import pytest

from spark_jobs.adapters.worker import silence_broken_pipes


@pytest.mark.parametrize(
    ("error", "said"),
    [(BrokenPipeError(32, "Broken pipe"), ""), (ValueError("no number"), "ValueError: no number")],
)
def test_of_a_pipe_that_spark_has_closed_nothing_is_said(
    error: Exception, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(traceback, "print_exc", traceback.print_exc)
    silence_broken_pipes.__wrapped__()

    try:
        raise error
    except type(error):
        traceback.print_exc()

    assert capsys.readouterr().err.strip().rpartition("\n")[2] == said
