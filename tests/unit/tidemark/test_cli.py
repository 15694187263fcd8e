import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from lake_tables import add, posts_table, records

from tidemark.cli import main


@pytest.mark.parametrize("command", ["compact", "tend"])
def test_a_table_of_the_lake_is_compacted_by_either_name(command: str, tmp_path: Path) -> None:
    table = posts_table(tmp_path)
    for at in range(3):
        add(table, records([b"%d" % at], first=at))

    done = CliRunner().invoke(
        main,
        ["lake", command, "posts"],
        env={"TIDEMARK_LAKE__PATH": str(tmp_path), "TIDEMARK_LAKE__KEEP_DAYS": "1"},
    )

    assert (done.exit_code, done.output.partition(",")[0]) == (
        0,
        "posts: 0 files compacted into 0",
    ), done.output
    assert "3 rows of old days dropped" in done.output
    table.refresh()
    assert table.files() == []


def test_the_former_name_is_not_listed() -> None:
    shown = CliRunner().invoke(main, ["lake", "--help"]).output

    assert "compact" in shown
    assert "tend" not in shown


def run_command(*arguments: str, lake: Path) -> tuple[int, str, str]:
    done = subprocess.run(
        [sys.executable, "-m", "tidemark", *arguments],
        env={"PYTHONPATH": ":".join(sys.path), "TIDEMARK_LAKE__PATH": str(lake)},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("command", ["replay-lake", "lake restart"])
def test_commands_of_the_jobs_have_usage_errors_and_help_under_their_own_names(
    command: str, tmp_path: Path
) -> None:
    words = command.split()

    code, shown, _ = run_command(*words, "--help", lake=tmp_path)
    assert (code, shown.splitlines()[0]) == (0, f"Usage: tidemark {command} [OPTIONS] TOPIC")

    code, _, error = run_command(*words, lake=tmp_path)
    assert (code, error.splitlines()[-1]) == (2, "Error: Missing argument 'TOPIC'.")

    code, _, error = run_command(*words, "posts", lake=tmp_path)
    assert code == 1
    assert error.startswith(f"tidemark: there is no table posts in {tmp_path}")
    assert error.count("\n") == 1
