"""Made-up observations: of posts that are sent too, at fixed ages, with counts that grow."""

import json
from collections import defaultdict
from typing import Any

import pytest
from kafka_records import Record, headers_of, record_batch
from made_up_hour import sent_by

from producer.sources.sample.engagement import AGES_S, TRACKED_EVERY_S
from producer.sources.sample.vocabulary import COMMUNITIES
from spark_jobs.decode.kafka_batch import KafkaBatch
from spark_jobs.decode.post import Post
from spark_jobs.decode.stage_posts import decode
from tidemark.contracts.engagement import COUNTS
from tidemark.contracts.events import Event
from tidemark.contracts.topics import ENGAGEMENT, POSTS

REPORTED = {"x": COUNTS, "bluesky": COUNTS[:5], "mastodon": COUNTS[:3]}


def read(events: list[Event]) -> list[Any]:
    records = [Record(event.value, headers=headers_of(event.source)) for event in events]
    return decode(KafkaBatch.of(record_batch(records)))


@pytest.mark.parametrize("network", REPORTED)
def test_posts_that_were_sent_are_observed_at_each_age_with_counts_that_grow(network: str) -> None:
    sent = list(sent_by([network], rate=5))
    posts = {
        post.post_id: post
        for post in read([event for _, topic, event in sent if topic is POSTS])
        if isinstance(post, Post) and post.user_id is not None
    }
    series: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for second, topic, event in sent:
        if topic is ENGAGEMENT:
            found = json.loads(event.value)
            assert found["observed_at"] // 1_000_000 == second
            assert event.key == found["post_id"].encode()
            assert event.event_id == f"{event.source}:{found['post_id']}:m:{found['observed_at']}"
            series[found["post_id"]].append(found)

    # The others are broken, or a delete was sent in their place.
    known = series.keys() & posts.keys()
    assert len(known) > 0.9 * len(series) > 0.4 * 4500 / TRACKED_EVERY_S
    for post_id in known:
        for observation in series[post_id]:
            assert observation["author_id"] == posts[post_id].user_id
        for name in COUNTS:
            counts = [observation[name] for observation in series[post_id]]
            assert counts == sorted(counts) if name in REPORTED[network] else set(counts) == {None}
    assert max(map(len, series.values())) == len(AGES_S)
    names = {community.name for community in COMMUNITIES}
    assert {observation["query"] for seen in series.values() for observation in seen} <= names


def test_few_posts_are_liked_much() -> None:
    likes = sorted(
        json.loads(event.value)["likes"]
        for _, topic, event in sent_by(["x"])
        if topic is ENGAGEMENT
    )

    assert likes[len(likes) // 2] < 100 < 1_000 < likes[-1]
