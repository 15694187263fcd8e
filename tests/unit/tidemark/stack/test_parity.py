from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest

from tidemark.errors import SettingsError, SetupError, StackError
from tidemark.settings import Settings
from tidemark.stack.parity.command import run
from tidemark.stack.parity.compare import Held, compare, count_records, differences
from tidemark.stack.parity.digest import Digest, digest_rows

ROWS = [("x", 1, None), ("x", 2, "é"), ("x", 2, "é")]


def test_rows_in_another_order_are_the_same_and_any_other_rows_are_not() -> None:
    digest = digest_rows(ROWS)

    assert digest.rows == 3
    assert digest_rows(reversed(ROWS)) == digest
    for others in (
        [],
        ROWS[:2],
        [*ROWS, ROWS[0]],
        [*ROWS[:2], ("x", 2, "e")],
        [*ROWS[:2], ("x", "2", "é")],
    ):
        assert digest_rows(others).sha256 != digest.sha256


def test_what_drivers_give_in_several_forms_is_one() -> None:
    at = datetime(2026, 3, 1, 12, 34, 56, 789000)

    assert digest_rows([(b"caf\xc3\xa9", Decimal("7.00"), at)]) == digest_rows(
        [("café", 7, str(at))]
    )
    assert digest_rows([(7.0,)]) == digest_rows([(7,)]) != digest_rows([(7.5,)])


def test_bytes_that_are_no_text_are_told_apart() -> None:
    assert digest_rows([(b"\xff",)]) != digest_rows([(b"\xfe",)])


def held(**tables: int) -> Held:
    return Held(
        {name: Digest(rows, str(rows)) for name, rows in tables.items()}, {"Posts": Digest(1, "7")}
    )


def test_what_differs_or_is_missing_in_any_is_named() -> None:
    assert differences([held(posts=1, users=2), held(posts=1, users=2)]) == []
    assert differences([held(posts=1, users=2), held(posts=1, users=3), held(users=2)]) == [
        "table posts",
        "table users",
    ]


def test_a_file_that_is_not_there_is_named_before_anything_is_launched(tmp_path: Path) -> None:
    with pytest.raises(
        SettingsError, match=r"nothing\.jsonl cannot be read.*; name a file of recorded posts"
    ):
        compare(Settings(), tmp_path / "nothing.jsonl", ["embedded"], print)


def test_a_recording_has_as_many_records_as_replay_publishes(tmp_path: Path) -> None:
    recording = tmp_path / "posts.json"
    recording.write_text(
        '[{"data":[{"id":"1"},{"id":"2"}]},\n{"data":[],"meta":{}},\n\n{"id":"3","author_id":"7"}]'
    )

    assert count_records(recording) == 3


def test_a_launcher_that_fails_is_told_with_what_it_said_last_and_one_that_is_not_there_with_what_to_do() -> (
    None
):
    numbers = "for number in $(seq 20); do echo line $number >&2; done"
    with pytest.raises(StackError) as failed:
        run(["sh", "-c", f"{numbers}; exit 3"], {"PATH": "/usr/bin:/bin"})
    with pytest.raises(SetupError, match="no `nothing-here` on the PATH; install it, or leave out"):
        run(["nothing-here", "up"], {"PATH": "/usr/bin:/bin"})

    told = str(failed.value).splitlines()
    assert told[0].endswith("` failed:")
    assert [line.strip() for line in told[1:]] == [f"line {number}" for number in range(9, 21)]
