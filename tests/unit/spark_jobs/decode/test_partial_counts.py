import json
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta

import pytest
from bluesky_payloads import commit, deleted, identity, record, repost
from kafka_records import Record, headers_of, record_batch
from mastodon_payloads import status
from payloads import Json, as_bytes, v2_post
from staged_rows import Row, hashtags_counted_in, in_order, posts_counted_in

from spark_jobs.decode import partial_counts as counted
from spark_jobs.decode.stage_posts import stage_posts
from tidemark.contracts.hashtags import SEPARATOR

START = datetime(2026, 3, 1, 23, 59, tzinfo=UTC)
TAGS = ["kafka", "Straße", "東京", "café", "cafe", 'a"b\\c', "nul\x00", "tab\t", "é" * 250, "🌊"]


def records(count: int) -> list[Record]:
    return [
        Record(
            as_bytes(
                v2_post(
                    str(number),
                    created_at=(START + timedelta(seconds=7 * number)).strftime(
                        "%Y-%m-%dT%H:%M:%S.999Z"
                    ),
                    hashtags=[TAGS[(number * step) % len(TAGS)] for step in range(number % 5)],
                )
            ),
            offset=number,
            headers=headers_of("sample" if number % 3 else "x"),
        )
        for number in range(count)
    ]


def hashtags_of(rows: list[Row]) -> dict[tuple[str, str, str], int]:
    """Uses of hashtags, by a loop over all that is staged."""
    return dict(
        Counter(
            (row["created_at"][:16], row["source"], hashtag)
            for row in rows
            for hashtag in (row["hashtags"] or "").split(SEPARATOR)
            if hashtag
        )
    )


def posts_of(rows: list[Row]) -> dict[tuple[str, str], tuple[int, ...]]:
    """Posts, reposts, edits and uses of hashtags, likewise."""
    found: defaultdict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for row in rows:
        if row["position"] == 0 and row["op"] in ("create", "update"):
            adds = (1, row["is_repost"], row["op"] == "update", row["nb_hashtags"])
            minute = found[row["created_at"][:16], row["source"]]
            minute[:] = [before + more for before, more in zip(minute, adds, strict=True)]
    return {key: tuple(counts) for key, counts in found.items()}


@pytest.mark.parametrize("most", [5_000, 3])
def test_counts_are_of_all_posts_that_are_staged_with_them(
    most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counted, "ROW_COUNTS", most)
    batches = [
        records(100)[:60],
        [Record(b"no post", 60)],
        records(100)[60:],
        [Record(b"no post", 100)],
    ]

    found = list(stage_posts(map(record_batch, batches)))

    assert hashtags_counted_in(found) == hashtags_of(in_order(found))
    assert posts_counted_in(found) == posts_of(in_order(found))
    assert sum(hashtags_counted_in(found).values()) == sum(number % 5 for number in range(100))


def test_a_hashtag_is_told_once_for_all_batches_of_a_task() -> None:
    found = list(stage_posts(record_batch([record]) for record in records(100)))

    told = [
        len(json.loads(row["payload"]))
        for batch in found
        for row in batch.to_pylist()
        if row["payload"]
    ]
    assert told == [len(hashtags_of(in_order(found))), len(posts_of(in_order(found)))]


def test_a_post_of_many_hashtags_is_counted_once_and_with_all_of_them() -> None:
    tags = [f"t{number}" for number in range(100)]
    found = list(
        stage_posts(
            iter([record_batch([Record(as_bytes(v2_post(hashtags=[*tags, "T7", "t100"])))])])
        )
    )

    assert hashtags_counted_in(found) == {("2026-03-01 12:34", "x", tag): 1 for tag in tags}
    assert posts_counted_in(found) == {("2026-03-01 12:34", "x"): (1, 0, 0, 100)}


@pytest.mark.parametrize(
    ("source", "payload"),
    [
        ("x", v2_post(hashtags=["tide", "Tide", "tide"])),
        ("bluesky", commit(record=record(hashtags=["tide", "Tide"], tags=["tide"]))),
        (
            "mastodon",
            status(hashtags=["tide", "Tide", "tide"], created_at="2026-03-01T12:34:56.789Z"),
        ),
    ],
)
def test_a_hashtag_that_a_post_repeats_is_one_use_of_whichever_source(
    source: str, payload: Json
) -> None:
    found = list(
        stage_posts(iter([record_batch([Record(as_bytes(payload), headers=headers_of(source))])]))
    )

    assert hashtags_counted_in(found) == {("2026-03-01 12:34", source, "tide"): 1}
    assert posts_counted_in(found) == {("2026-03-01 12:34", source): (1, 0, 0, 1)}


def test_reposts_and_edits_are_counted_as_such_and_deletes_not_at_all() -> None:
    payloads = [
        commit("1"),
        repost("2"),
        commit("3", operation="update", record=record(hashtags=["a", "b"])),
        deleted("4"),
        identity(),
    ]
    batch = record_batch(
        [
            Record(as_bytes(one), at, headers=headers_of("bluesky"))
            for at, one in enumerate(payloads)
        ]
    )

    found = list(stage_posts(iter([batch])))

    assert posts_counted_in(found) == posts_of(in_order(found))
    assert [tuple(map(sum, zip(*posts_counted_in(found).values(), strict=True)))] == [(3, 1, 1, 2)]


def test_a_minute_of_deletes_alone_has_no_posts() -> None:
    found = list(
        stage_posts(
            iter([record_batch([Record(as_bytes(deleted()), headers=headers_of("bluesky"))])])
        )
    )

    assert [row["op"] for row in in_order(found)] == ["delete"]
    assert posts_counted_in(found) == {}


def test_posts_without_hashtags_are_counted_in_one_row() -> None:
    found = list(stage_posts(iter([record_batch([Record(as_bytes(v2_post()))])])))

    assert [len(rows) for rows in found] == [1, 1]
    assert posts_counted_in(found) == {("2026-03-01 12:34", "x"): (1, 0, 0, 0)}


def test_what_is_no_post_is_not_counted() -> None:
    assert [len(rows) for rows in stage_posts(iter([record_batch([Record(b"no post")])]))] == [1]
