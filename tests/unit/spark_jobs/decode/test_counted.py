from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from kafka_records import Record, headers_of, record_batch
from payloads import as_bytes, v2_post
from staged_rows import Row, counts_in, in_order

from spark_jobs.decode import counted
from spark_jobs.decode.hashtags import SEPARATOR
from spark_jobs.decode.staged import stage_posts

START = datetime(2026, 3, 1, 23, 59, tzinfo=UTC)
TAGS = ["kafka", "Straße", "東京", "café", "cafe", 'a"b\\c', "nul\x00", "tab\t", "é" * 250, "🌊"]


def records(count: int) -> list[Record]:
    return [
        Record(
            as_bytes(
                v2_post(
                    str(number),
                    created_at=(START + timedelta(seconds=7 * number)).strftime("%Y-%m-%dT%H:%M:%S.999Z"),
                    hashtags=[TAGS[(number * step) % len(TAGS)] for step in range(number % 5)],
                )
            ),
            offset=number,
            headers=headers_of("sample" if number % 3 else "x"),
        )
        for number in range(count)
    ]


def taken_apart(rows: list[Row]) -> dict[tuple[str, str, str], int]:
    """The same counts, by a loop over all that is staged."""
    return dict(
        Counter(
            (f"{row['created_at'][:16]}:00", row["source"], hashtag)
            for row in rows
            for hashtag in (row["hashtags"] or "").split(SEPARATOR)
            if hashtag
        )
    )


@pytest.mark.parametrize("most", [5_000, 3])
def test_counts_are_of_all_hashtags_that_are_staged_with_them(most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counted, "ROW_COUNTS", most)

    found = list(stage_posts(iter([record_batch(records(100)), record_batch([Record(b"no post", 100)])])))

    assert counts_in(found) == taken_apart(in_order(found))
    assert sum(counts_in(found).values()) == sum(number % 5 for number in range(100))


def test_a_post_of_many_hashtags_is_counted_with_all_of_them() -> None:
    found = list(stage_posts(iter([record_batch([Record(as_bytes(v2_post(hashtags=["a"] * 100)))])])))

    assert counts_in(found) == {("2026-03-01 12:34:00", "x", "a"): 100}


def test_posts_without_hashtags_have_no_row_of_counts() -> None:
    assert [len(rows) for rows in stage_posts(iter([record_batch([Record(as_bytes(v2_post()))])]))] == [1]
