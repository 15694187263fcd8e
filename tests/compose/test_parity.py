"""The same posts through the embedded stack and through containers, MariaDB here and MySQL
there."""

from pathlib import Path

from parity import run_parity


def test_embedded_and_compose_hold_the_same_tables_and_show_the_same_charts(tmp_path: Path) -> None:
    done = run_parity(tmp_path)  # through both by default

    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert "embedded: table rejected: 3 rows" in done.stdout
    assert done.stdout.splitlines()[-1] == "embedded and compose: all tables and charts are equal"
