"""What the stack starts its jobs with."""

from pathlib import Path

import pytest

from tidemark.settings import Settings
from tidemark.stack.embedded.workers import Jobs


def test_jobs_of_the_stack_choose_java_and_spark_by_themselves(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("JAVA_HOME", "/opt/java-8")
    monkeypatch.setenv("PYSPARK_SUBMIT_ARGS", "--master yarn pyspark-shell")
    monkeypatch.setenv("ELSEWHERE", "kept")

    given = Jobs(Settings(), log_file=Path("jobs.log")).environment or {}

    assert given["ELSEWHERE"] == "kept"
    assert not {"JAVA_HOME", "PYSPARK_SUBMIT_ARGS"} & given.keys()
