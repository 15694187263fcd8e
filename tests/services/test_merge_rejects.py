"""A source of which nothing can be read is set aside; all others, and what else the job does, go
on."""

import logging
from collections.abc import Sequence
from typing import Any

import pytest
from drivers import ask, counted_progress, driver, next_offsets, stored
from kafka_records import Record, headers_of
from payloads import as_bytes, v2_post

from spark_jobs.merging.progress import Progress
from spark_jobs.merging.rejects import Rejects
from tidemark.settings import MysqlSettings, Settings
from tidemark.stack.set_aside import SetAside, read_set_aside

LIMIT = 9


def broken(first: int, last: int, source: str = "x") -> list[Record]:
    return [Record(b"broken", offset, headers=headers_of(source)) for offset in range(first, last)]


def good(offset: int, source: str = "x") -> Record:
    return Record(as_bytes(v2_post(str(offset))), offset, headers=headers_of(source))


def rejected_offsets(settings: MysqlSettings) -> list[int]:
    return [
        offset
        for (offset,) in ask(settings, "SELECT kafka_offset FROM rejected ORDER BY kafka_offset")
    ]


def set_aside(settings: MysqlSettings) -> list[tuple[str, int]]:
    return [(found.source, found.not_stored) for found in read_set_aside(Settings(mysql=settings))]


def merge(settings: MysqlSettings, *batches: Sequence[Record]) -> None:
    """Each in a driver of its own: the count is kept between them."""
    for batch in batches:
        with driver(settings, reject_limit=LIMIT) as running:
            running.merge(batch)


def messages(caplog: pytest.LogCaptureFixture) -> list[tuple[str, str, Any]]:
    return [
        (record.levelname, record.getMessage().partition(":")[0], record.__dict__["source"])
        for record in caplog.records
        if record.name == "spark_jobs.merging.rejects"
    ]


def test_a_source_with_too_many_refused_is_set_aside_and_the_job_goes_on(
    tables: MysqlSettings, caplog: pytest.LogCaptureFixture
) -> None:
    merge(tables, broken(0, 5), broken(5, 15))
    told = messages(caplog)
    merge(tables, [*broken(15, 20), good(20, "sample")], broken(20, 25))

    assert told == [("ERROR", "source set aside", "x")]
    assert rejected_offsets(tables) == list(range(15))
    assert set_aside(tables) == [("x", 9)]
    assert next_offsets(tables)["posts", 0] == 25
    assert [row[0] for row in stored(tables)["posts"]] == ["sample"]
    assert counted_progress(tables) == (4, 25, 24)
    assert str(read_set_aside(Settings(mysql=tables))[0]).startswith(
        "posts: source x set aside since "
    )


def test_the_first_batch_with_a_good_record_of_it_ends_that(
    tables: MysqlSettings, caplog: pytest.LogCaptureFixture
) -> None:
    merge(tables, broken(0, 10), broken(10, 12))
    caplog.clear()
    caplog.set_level(logging.INFO)

    merge(tables, [*broken(12, 14), good(14), *broken(15, 17)], broken(17, 20))

    assert messages(caplog) == [
        ("WARNING", "source is still set aside", "x"),
        ("WARNING", "source no longer set aside", "x"),
    ]
    assert rejected_offsets(tables) == [*range(10), *range(12, 14), *range(15, 20)]
    assert set_aside(tables) == []


def test_a_good_record_between_refused_ones_starts_the_count_anew(tables: MysqlSettings) -> None:
    merge(tables, broken(0, 9), [*broken(9, 15), good(15)], broken(16, 25))

    assert len(rejected_offsets(tables)) == 24
    assert set_aside(tables) == []


def test_records_of_no_known_source_are_set_aside_too(tables: MysqlSettings) -> None:
    merge(tables, broken(0, 10, "nobody"), [good(10), *broken(11, 14, "nobody")])

    assert rejected_offsets(tables) == list(range(10))
    assert read_set_aside(Settings(mysql=tables)) == [
        SetAside("posts", "", read_set_aside(Settings(mysql=tables))[0].since, 3)
    ]


def test_a_batch_that_is_not_committed_counts_nothing(
    tables: MysqlSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with driver(tables, reject_limit=LIMIT) as running:
        running.merge(broken(0, 9))
        with monkeypatch.context() as patched:
            patched.setattr(Progress, "add", None)
            with pytest.raises(TypeError):
                running.merge(broken(9, 12))
        running.connection.rollback()
        running.merge(broken(9, 10))

    assert set_aside(tables) == [("x", 0)]
    assert ask(tables, "SELECT in_a_row FROM source_rejects") == [(10,)]


def test_what_a_batch_that_failed_had_counted_is_forgotten(
    tables: MysqlSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with driver(tables, reject_limit=LIMIT) as running:
        with monkeypatch.context() as patched:
            patched.setattr(Progress, "add", None)
            with pytest.raises(TypeError):
                running.merge(broken(0, 8))
        running.connection.rollback()
        running.staging.empty(running.staging.tables[0])
        running.merge([good(0, "sample")])
        running.merge(broken(1, 6))

    assert ask(tables, "SELECT source, in_a_row FROM source_rejects") == [("x", 5)]
    assert set_aside(tables) == []


def test_where_nothing_is_refused_and_nothing_counted_the_staging_table_is_not_read_for_it(
    tables: MysqlSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with driver(tables, reject_limit=LIMIT) as running:
        running.merge([*broken(0, 1), good(1)])
        monkeypatch.setattr(Rejects, "_rejected", None)
        monkeypatch.setattr(Rejects, "_has_good", None)
        running.merge([good(2), good(3)])

    assert next_offsets(tables)["posts", 0] == 4
