"""Whatever the order and the batches, the tables are the same."""

import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from drivers import TABLES, counted_progress, merge_and_check
from job_drivers import TOPIC_ID
from kafka_records import Record, lay
from payloads import posted, v2_hashtags, v2_user
from recompute import recompute

from tidemark.settings import MysqlSettings


def made_up(dice: random.Random, number: int) -> list[bytes]:
    """Posts of 20 users over two days around midnight, some edited, some twice, some odd or broken,
    many at once."""
    values = []
    for post_id in range(number):
        user_id = str(dice.randrange(20))
        at = datetime(2026, 2, 27, 23, 58) + timedelta(
            seconds=dice.randrange(240), hours=dice.choice([0, 0, 1, 24])
        )
        tags = dice.choices(
            [
                "Kafka",
                "kafka",
                "Straße",
                "STRASSE",
                "été",
                "ÉTÉ",
                "東京",
                " #Kafka",
                "ＫＡＦＫＡ",
                "x" * 256,
            ],
            k=dice.choice([0, 0, 1, 2, 5]),
        )
        profile = v2_user(
            user_id,
            username=f"user_{user_id}_{dice.randrange(3)}",
            public_metrics={
                "following_count": dice.randrange(-9, 99),
                "followers_count": dice.randrange(99),
            },
        )
        more: dict[str, Any] = {"entities": {"hashtags": v2_hashtags(*tags)}}
        if dice.random() < 0.2:
            more["referenced_tweets"] = [{"type": "retweeted", "id": "1"}]
        if dice.random() < 0.1:
            # Versions of a post have one author.
            more["edit_history_tweet_ids"] = [str(900 + int(user_id)), str(post_id)]
        values.append(
            posted(
                str(post_id),
                user_id,
                f"{at.isoformat()}.500Z",
                user=dice.choice([profile, profile, {}]),
                **more,
            )
        )
    values += dice.choices(values, k=number // 4)
    values += [dice.choice([b"[]", b"{", b"\xff\xfe"]) for _ in range(number // 20)]
    values += [b'{"limit":{"track":7}}', b'{"status_withheld":{"id":1}}'] * 2
    return values


def random_batches(records: Sequence[Record], dice: random.Random) -> list[list[Record]]:
    """Each partition in order, as Kafka keeps it; which of them a batch reads, and how far, by
    chance."""
    waiting = [
        [record for record in records if record.partition == partition] for partition in range(3)
    ]
    batches = []
    while any(waiting):
        batch = []
        for partition in range(3):
            take = dice.choice([0, 1, 2, 30, 100])
            batch += waiting[partition][:take]
            waiting[partition] = waiting[partition][take:]
        batches.append(batch)
    return batches


@pytest.mark.parametrize("seed", range(6))
def test_any_order_and_any_batches_give_the_tables_of_a_recompute(
    tables: MysqlSettings, seed: int
) -> None:
    values = made_up(random.Random(1), 300)
    dice = random.Random(seed)
    dice.shuffle(values)
    records = lay(values, dice.choices(range(3), k=len(values)))
    batches = random_batches(records, dice)

    found = merge_and_check(tables, *batches)

    # All but where a copy lay and when it came is the same for every order.
    in_order = recompute([lay(made_up(random.Random(1), 300))], TOPIC_ID)
    for table in set(TABLES) - {"posts", "rejected"}:
        assert found[table] == in_order[table]
    assert [row[:4] + row[5:12] for row in found["posts"]] == [
        row[:4] + row[5:12] for row in in_order["posts"]
    ]
    assert sorted(row[5:7] for row in found["rejected"]) == sorted(
        row[5:7] for row in in_order["rejected"]
    )
    assert counted_progress(tables) == (sum(map(bool, batches)), 394, 15)
