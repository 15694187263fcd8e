"""What a folder of migrations says, without a server."""

from pathlib import Path

import pytest

from tidemark.errors import MigrationError
from tidemark.stack.migrate import read_migrations, split_statements


def write(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).write_text(f"-- {name}\n")
    return folder


def test_statements_end_at_semicolons_outside_of_quotes_and_comments() -> None:
    text = """
    -- first; not an end
    CREATE TABLE a (b INT); # nor; this
    /* nor; this
       ; one */
    INSERT INTO a VALUES ('x;y', 'it''s; \\'; -- no comment', "q;""q"); SELECT `a;b` FROM a;
    SELECT 1
    """

    assert list(split_statements(text)) == [
        "CREATE TABLE a (b INT)",
        "INSERT INTO a VALUES ('x;y', 'it''s; \\'; -- no comment', \"q;\"\"q\")",
        "SELECT `a;b` FROM a",
        "SELECT 1",
    ]


def test_migrations_come_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    write(tmp_path, "0002_b.sql", "0001_z.sql", "0003_a.sql")

    found = [
        (migration.number, migration.name, migration.text)
        for migration in read_migrations(tmp_path)
    ]

    assert found == [
        (1, "0001_z.sql", "-- 0001_z.sql\n"),
        (2, "0002_b.sql", "-- 0002_b.sql\n"),
        (3, "0003_a.sql", "-- 0003_a.sql\n"),
    ]


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (
            ["0001_a.sql", "0002_b.sql", "0002_c.sql"],
            r"0002_b\.sql and 0002_c\.sql have the same number",
        ),
        (["0001_a.sql", "0003_c.sql"], r"migration 0002 is missing before 0003_c\.sql"),
        (["0002_b.sql"], r"migration 0001 is missing before 0002_b\.sql"),
        (["0001_a.sql", "2_b.sql"], r"2_b\.sql is no name of a migration"),
        (["0001_A b.sql"], r"0001_A b\.sql is no name of a migration"),
    ],
)
def test_numbers_are_refused_that_are_missing_or_there_twice(
    tmp_path: Path, names: list[str], message: str
) -> None:
    write(tmp_path, *names)

    with pytest.raises(MigrationError, match=message):
        read_migrations(tmp_path)
