"""A small made-up past of observations for the charts, merged as the job merges them."""

import json
import random
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from job_drivers import job_driver
from kafka_records import Record, headers_of

from spark_jobs.engagement_job import JOB
from tidemark.settings import MysqlSettings

FIRST_AT = datetime(2025, 3, 9, 22)
QUERIES = ("cats", "o'cats", "100% naïve", "")


class Observed(NamedTuple):
    source: str
    query: str
    post_id: str
    author_id: str
    at: datetime
    likes: int
    reposts: int
    followers: int


def make_observations() -> list[Observed]:
    """Return observations of 40 posts of eight authors within two days; some lose likes again.

    And two of a post of the last minutes.
    """
    dice = random.Random(5)
    found = []
    for post in range(40):
        at, likes, reposts = FIRST_AT + timedelta(minutes=dice.randrange(1_500)), 0, 0
        source, query = dice.choice(["x", "mastodon"]), QUERIES[post % 4]
        for _ in range(dice.randrange(1, 9)):
            at += timedelta(seconds=dice.choice([3, 60, 900, 20_000]), microseconds=post)
            likes, reposts = likes + dice.randrange(-2, 60), reposts + dice.randrange(9)
            author = f"u{post % 8}"
            found.append(
                Observed(
                    *(source, query, f"p{post}", author, at, max(likes, 0), reposts),
                    followers=100 * (post % 8) + dice.randrange(9),
                )
            )
    now = datetime.now(UTC).replace(tzinfo=None)
    for minutes, likes in ((10, 1), (5, 8)):
        at = now - timedelta(minutes=minutes)
        found.append(Observed("x", "now", "new", "u0", at, likes, likes, followers=9))
    return found


def fill_engagement(settings: MysqlSettings, observed: list[Observed]) -> None:
    records = []
    now_us = round(datetime.now(UTC).timestamp() * 1_000_000)
    for offset, one in enumerate(observed):
        fields = one._asdict()
        at_us = round(fields.pop("at").replace(tzinfo=UTC).timestamp() * 1_000_000)
        value = json.dumps(fields | {"observed_at": at_us}).encode()
        records.append(Record(value, offset, 0, "engagement", headers_of(fields["source"], now_us)))
    with job_driver(settings, JOB) as running:
        running.merge(records)
