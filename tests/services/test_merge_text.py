"""What posts say, in `posts` and in what leads to the newest of them."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from bluesky_payloads import TIME_US, account, commit, deleted, record
from drivers import ask, driver, topic_states
from job_drivers import job_driver
from kafka_records import Record, headers_of, lay
from payloads import as_bytes, v2_post
from recordings import recorded_lines

from spark_jobs.posts_job import JOB
from tidemark.settings import MysqlSettings, PostsSettings, Settings

MINUTE_US = 60_000_000
DID = "did:plc:ana"


def merge(settings: MysqlSettings, *batches: Sequence[Record]) -> None:
    with driver(settings) as running:
        for batch in batches:
            running.merge(batch)


def of_bluesky(messages: Sequence[Any], first: int = 0) -> list[Record]:
    headers = headers_of("bluesky", TIME_US + 100 * MINUTE_US)
    return [
        Record(as_bytes(message), offset, headers=headers)
        for offset, message in enumerate(messages, first)
    ]


def said(rkey: str, text: str, minute: int, operation: str = "create") -> Any:
    at_us = TIME_US + minute * MINUTE_US
    return commit(rkey, did=DID, operation=operation, time_us=at_us, record=record(text=text))


def texts(settings: MysqlSettings) -> dict[str, str | None]:
    return {
        post_id.rpartition("/")[2]: text
        for post_id, text in ask(settings, "SELECT post_id, text FROM posts")
    }


def shown(settings: MysqlSettings) -> list[tuple[Any, ...]]:
    """What the newest posts lead to, newest first."""
    return ask(
        settings,
        "SELECT posts.text FROM newest_posts JOIN posts USING (source, post_id, created_at) "
        "WHERE posts.text IS NOT NULL ORDER BY posts.created_at DESC",
    )


def test_any_text_is_stored_as_it_is(tables: MysqlSettings) -> None:
    odd = [
        "",
        " ",
        "a\x00b\x1f",
        "🌊" * 25_000,
        "<script>alert(1)</script>",
        "%s {text} \\ ' \"",
        "e\u0301",
    ]

    merge(tables, lay([as_bytes(v2_post(str(at), text=text)) for at, text in enumerate(odd)]))

    assert texts(tables) == {str(at): text for at, text in enumerate(odd)}


def test_the_recorded_posts_of_x_are_id_instant_and_text_as_a_plain_reading_has_them(
    tables: MysqlSettings,
) -> None:
    payloads = list(recorded_lines("x_v2"))
    said_in = sorted(
        (json.loads(payload)["data"] for payload in payloads), key=lambda data: int(data["id"])
    )
    expected: dict[str, tuple[datetime, str]] = {}
    for data in said_in:  # of several versions of a post the newest has the greatest id
        first_id = (data.get("edit_history_tweet_ids") or [data["id"]])[0]
        made_at = datetime.fromisoformat(data["created_at"]).replace(tzinfo=None)
        if first_id != data["id"]:
            first_s = ((int(first_id) >> 22) + 1_288_834_974_657) // 1_000
            made_at = min(made_at, datetime(1970, 1, 1) + timedelta(seconds=first_s))
        text = data["note_tweet"]["text"] if "note_tweet" in data else data["text"]
        made_at = min(made_at, expected.get(first_id, (made_at, ""))[0])
        expected[first_id] = (made_at, text)

    merge(
        tables,
        lay(payloads[:300]),
        [replace(r, offset=r.offset + 300) for r in lay(payloads[300:])],
    )

    found = ask(tables, "SELECT post_id, created_at, text FROM posts")
    assert {post_id: tuple(row) for post_id, *row in found} == expected
    assert len(expected) > 590


def test_an_edit_replaces_the_text_and_a_delete_removes_it(tables: MysqlSettings) -> None:
    first = [said("a", "one", 1), said("b", "two", 2), said("c", "three", 3)]
    late = said("b", "too late", 4)
    gone = deleted("a", did=DID, time_us=TIME_US + 5 * MINUTE_US)
    edit = said("b", "two, edited", 6, "update")

    merge(tables, of_bluesky(first), of_bluesky([gone, edit], 3), of_bluesky([late], 5))

    assert texts(tables) == {"a": None, "b": "two, edited", "c": "three"}
    assert shown(tables) == [("three",), ("two, edited",)]


def test_texts_of_a_hidden_account_are_hidden_and_come_back_with_it(tables: MysqlSettings) -> None:
    first = of_bluesky([said("a", "stored before", 1)])
    hidden = account(DID, active=False, status="takendown", time_us=TIME_US + 2 * MINUTE_US)
    meanwhile = of_bluesky([hidden, said("b", "sent meanwhile", 3)], 1)
    back = of_bluesky([account(DID, active=True, time_us=TIME_US + 4 * MINUTE_US)], 3)

    merge(tables, first, meanwhile)
    assert (texts(tables), shown(tables)) == ({}, [])

    merge(tables, back)
    assert texts(tables) == {"a": "stored before", "b": "sent meanwhile"}
    assert shown(tables) == [("sent meanwhile",), ("stored before",)]
    assert ask(tables, "SELECT COUNT(*) FROM hidden_records") == [(0,)]


def test_a_post_that_turns_out_to_be_older_keeps_its_text(tables: MysqlSettings) -> None:
    later, earlier = "2026-03-01T12:34:56.000Z", "2026-03-01T12:30:00.000Z"
    versions = [
        v2_post("1", text="made up", created_at=later),
        v2_post("1", text="made up", created_at=earlier),
    ]

    merge(tables, *([record] for record in lay([as_bytes(version) for version in versions])))

    assert ask(tables, "SELECT created_at, text FROM posts") == [
        (datetime(2026, 3, 1, 12, 30), "made up")
    ]
    assert shown(tables) == [("made up",)]


def test_texts_that_are_not_to_be_kept_are_in_no_table(tables: MysqlSettings) -> None:
    settings = Settings(posts=PostsSettings(keep_text=False))
    job = replace(JOB, stage=JOB.stage_by(settings))

    with job_driver(tables, job, reject_limit=9, topics=topic_states()) as running:
        running.merge(lay([as_bytes(v2_post("1")), as_bytes(v2_post("2"))]))

    assert texts(tables) == {"1": None, "2": None}
    assert ask(tables, "SELECT COUNT(*) FROM newest_posts") == [(0,)]


def test_the_newest_posts_are_some_hundred_of_each_source(tables: MysqlSettings) -> None:
    start = datetime(2026, 3, 1, 8)

    def posts(first: int) -> list[bytes]:
        return [
            as_bytes(
                v2_post(str(n), text=f"text {n}", created_at=f"{start + timedelta(seconds=n)}Z")
            )
            for n in range(first, first + 150)
        ]

    values = [*posts(300), *posts(0), *posts(150)]
    records = [
        Record(value, offset, 1, headers=headers_of("x")) for offset, value in enumerate(values)
    ]
    merge(
        tables,
        of_bluesky([said("a", "of another source", 0)]),
        *(records[at : at + 150] for at in (0, 150, 300)),
    )

    assert ask(
        tables, "SELECT source, COUNT(*) FROM newest_posts GROUP BY source ORDER BY source"
    ) == [
        ("bluesky", 1),
        ("x", 200),
    ]
    of_x = [text for (text,) in shown(tables) if text.startswith("text")]
    assert of_x == [f"text {n}" for n in range(449, 249, -1)]
