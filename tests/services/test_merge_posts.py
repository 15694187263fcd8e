"""The merge on a real database, against a recompute in plain Python."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from drivers import TABLES, ask, counted_progress, merge_and_check, next_offsets
from kafka_records import Record, headers_of, lay
from payloads import posted, v2_user
from recompute_edits import EDIT_TABLES

from tidemark.settings import MysqlSettings


def test_every_table_that_jobs_write_is_compared(tables: MysqlSettings) -> None:
    there = ask(
        tables,
        f"SELECT table_name FROM information_schema.tables WHERE table_schema = '{tables.database}'",
    )

    fixed = {"pieces", "magnitudes", "schema_migrations", "retention", "source_rejects"}
    of_coverage = {"source_gaps", "source_minutes"}
    of_accounts = {"accounts", "hidden_records", "hidden_users"}  # test_merge_accounts.py
    of_engagement = {"engagement", "engagement_windows", "engagement_days"}
    of_text = {"newest_posts"}  # test_merge_text.py
    elsewhere = {
        *of_text,
        *of_coverage,
        *of_accounts,
        *of_engagement,
        "oddity_minutes",
        "ledger",
        "job_progress",
    }
    assert {name for (name,) in there} - fixed == {*TABLES, *EDIT_TABLES, *elsewhere}


def test_one_batch_of_posts_fills_every_table(tables: MysqlSettings) -> None:
    batch = lay(
        [
            posted("1", "7", "2026-03-01T12:34:56.789Z", "Kafka", "kafka", "Straße"),
            posted("2", "8", "2026-03-01T12:34:59.999Z", "KAFKA", "strasse", lang=None),
            posted("3", "7", "2026-03-01T12:35:00.000Z", edit_history_tweet_ids=["0", "3"]),
            posted(
                "4",
                None,
                "2026-03-01T12:34:00.000Z",
                referenced_tweets=[{"type": "retweeted", "id": "1"}],
            ),
            b"\xff\x00 no json",
            b"[]",
        ]
    )

    found = merge_and_check(tables, batch)

    minute = datetime(2026, 3, 1, 12, 34)
    assert found["post_minutes"] == [
        (minute, "x", 3, 1, 0, 4),
        (minute + timedelta(minutes=1), "x", 1, 0, 1, 0),
    ]
    assert found["hashtag_minutes"] == [(minute, "x", "kafka", 2), (minute, "x", "strasse", 2)]
    assert [row[:2] for row in found["users"]] == [("x", "7"), ("x", "8")]
    assert len(found["rejected"]) == 2
    assert next_offsets(tables) == {
        ("posts", 0): 6,
        ("posts", 1): 0,
        ("posts", 2): 0,
        ("rejected", 0): 0,
    }
    assert counted_progress(tables) == (1, 6, 2)


def test_a_post_counts_once_however_often_it_is_sent(tables: MysqlSettings) -> None:
    one, other = posted("1", "7", "2026-03-01T12:34:56.789Z", "a", "b"), posted("2", "7")
    records = lay([one, one, other, one, other, one, one], [0, 0, 0, 1, 2, 1, 0])
    by_place = {(record.partition, record.offset): record for record in records}

    # (1, 0) and (2, 0) are merged first here; that of the copy that arrived first is the place that
    # is kept.
    found = merge_and_check(
        tables,
        [by_place[1, 0], by_place[2, 0]],
        [by_place[0, 0], by_place[0, 1], by_place[1, 1]],
        [by_place[0, 2], by_place[0, 3]],
    )

    assert [row[-3:-1] for row in found["posts"]] == [(0, 0), (0, 2)]
    assert found["users"][0][7] == 2
    assert {row[3] for row in found["hashtag_days"]} == {1}


def test_a_copy_that_differs_changes_nothing(tables: MysqlSettings) -> None:
    first = posted("1", "7", "2026-03-01T12:34:56.789Z", "a")
    changed = posted(
        "1", "7", "2026-03-02T00:00:00.000Z", "b", "c", user=v2_user("7", username="renamed")
    )

    merge_and_check(tables, lay([first, changed]), [Record(changed, 2)])


def test_ids_that_differ_in_case_or_accent_are_different_posts_and_users(
    tables: MysqlSettings,
) -> None:
    ids = ["abc", "ABC", "ábc", "a\u0301bc", "ß", "ss", "1", "01"]

    found = merge_and_check(
        tables, lay([posted(one, one, "2026-03-01T12:34:56.789Z", f"tag{one}") for one in ids])
    )

    assert len(found["posts"]) == len(found["users"]) == len(ids)


def test_the_same_id_of_another_source_is_another_post(tables: MysqlSettings) -> None:
    value = posted("1", "7", "2026-03-01T12:34:56.789Z", "a")

    found = merge_and_check(
        tables, [Record(value, 0), Record(value, 1, headers=headers_of("sample"))]
    )

    assert [row[0] for row in found["posts"]] == ["sample", "x"]
    assert [row[1:] for row in found["hashtag_days"]] == [("sample", "a", 1), ("x", "a", 1)]


OLD, NEW = "2026-02-01T08:00:00.000Z", "2026-03-01T08:00:00.000Z"


def told(user_id: str, username: str | None, **counts: int) -> dict[str, Any]:
    return v2_user(user_id, username=username, name=username, public_metrics=counts)


def authors() -> dict[str, list[bytes]]:
    """By user, what they post in this order; then the user as the table must show them."""
    return {
        "a": [
            posted("a1", "a", OLD, user=told("a", "former", following_count=1)),
            posted("a2", "a", NEW, user=told("a", "newer", followers_count=2)),
        ],
        "b": [
            posted("b2", "b", NEW, user=told("b", "newer", followers_count=2)),
            posted("b1", "b", OLD, user=told("b", "former", following_count=1)),
        ],
        # Of two posts of one instant the greater id is the newer.
        "c": [
            posted("c1", "c", NEW, user=told("c", "former")),
            posted("c2", "c", NEW, user=told("c", "newer")),
        ],
        "d": [
            posted("d2", "d", NEW, user=told("d", "newer")),
            posted("d1", "d", NEW, user=told("d", "former")),
        ],
        # A post that tells nothing of its author leaves what is known.
        "e": [posted("e1", "e", OLD, user=told("e", "newer")), posted("e2", "e", NEW, user={})],
        "f": [posted("f2", "f", NEW, user={}), posted("f1", "f", OLD, user=told("f", "newer"))],
        "g": [posted("g1", "g", OLD, user={}), posted("g2", "g", NEW, user=told("g", "newer"))],
        "h": [posted("h1", "h", OLD, user={}), posted("h2", "h", NEW, user={})],
        # Counts without a name are a profile too.
        "i": [
            posted("i1", "i", OLD, user=told("i", None, following_count=1)),
            posted("i2", "i", NEW, user=told("i", None, followers_count=2)),
        ],
        "j": [
            posted("j2", "j", NEW, user=told("j", None, followers_count=2)),
            posted("j1", "j", OLD, user=told("j", None, following_count=1)),
        ],
    }


@pytest.mark.parametrize("batches", [1, 2])
def test_users_are_as_their_newest_posts_tell_in_whatever_order_they_come(
    tables: MysqlSettings, batches: int
) -> None:
    first, second = zip(*authors().values(), strict=True)
    records = lay([*first, *second])

    found = merge_and_check(tables, *([records] if batches == 1 else [records[:10], records[10:]]))

    assert {
        user_id: (name, friends, followers)
        for _, user_id, name, _, _, friends, followers, *_ in found["users"]
    } == {
        "a": ("newer", None, 2),
        "b": ("newer", None, 2),
        **dict.fromkeys("cdefg", ("newer", None, None)),
        "h": (None, None, None),
        **dict.fromkeys("ij", (None, None, 2)),
    }


def test_a_post_of_very_many_hashtags_keeps_a_hundred_in_their_order(tables: MysqlSettings) -> None:
    tags = [f"Tag{at % 150}" for at in range(193)]
    widest = ["𠀀" * 250 + f"{at:04}" for at in range(64)]

    merge_and_check(
        tables,
        lay(
            [
                posted("1", "7", OLD, *tags),
                posted("2", "7", NEW, *tags[:64]),
                posted("3", "7", NEW, *tags[:65]),
            ]
        ),
        [Record(posted("4", "7", NEW, *widest), 3), Record(posted("1", "7", OLD, *tags), 4)],
    )


def test_minutes_hours_and_days_part_at_midnight(tables: MysqlSettings) -> None:
    instants = [
        "2025-12-31T22:59:59.999Z",
        "2025-12-31T23:00:00.000Z",
        "2025-12-31T23:59:59.999Z",
        "2026-01-01T00:00:00.000Z",
        "2026-01-01T00:00:59.999Z",
        "2026-01-01T02:00:30.000+02:00",
        "2024-02-29T23:59:59.999Z",
        "1970-01-01T00:00:00.000Z",
        "9999-12-31T23:59:59.999Z",
    ]
    records = lay([posted(str(at), "7", instant, "ny") for at, instant in enumerate(instants)])

    found = merge_and_check(tables, records[:4], records[4:])

    assert [(day.isoformat()[:10], uses) for day, _, _, uses in found["hashtag_days"]] == [
        ("1970-01-01", 1),
        ("2024-02-29", 1),
        ("2025-12-31", 3),
        ("2026-01-01", 3),
        # Of 9999, and so of five minutes after it came.
        ("2026-03-01", 1),
    ]


def test_text_of_every_script_and_bytes_of_every_kind_are_stored_as_they_came(
    tables: MysqlSettings,
) -> None:
    tags = [
        "東京",
        "مرحبا",
        "हिन्दी",
        "İstanbul",
        "Οδυσσεύς",
        "🔥",
        "e\u0301t\u00e9",
        "o'b\\r%s{}",
        "\x00",
    ]
    user = v2_user("7", username="🔥 o'b\\r", name="𝕿𝖊𝖝𝖙 \x00\u202e")
    records = lay(
        [
            posted("ünï'\\ 🔥", "7", NEW, *tags, user=user | {"username": "o'b\\r"}),
            bytes(range(256)),
            b"''",
        ]
    )

    merge_and_check(tables, records)
