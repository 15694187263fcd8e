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
