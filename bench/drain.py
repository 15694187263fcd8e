"""Drain a backlog of 2 KB posts from Kafka into the database, all on this machine; the last line is
JSON.

    .venv/bin/python bench/drain.py [--posts 600000]

The rate is taken from the first committed batch to the last: the JVM compiles its code during the
first. Rows are counted afterwards.
"""

import argparse
import json
import os
import time
from collections import Counter
from typing import Any

from kafka import KafkaProducer
from made_posts import made_posts
from pipeline import Pipeline, ask, start, wait_for_log

from tidemark import mysql
from tidemark.contracts.events import Event
from tidemark.contracts.topics import POSTS

WANTED_PER_S = 30_000


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--posts", type=int, default=600_000)
    options.add_argument(
        "--batch", type=int, default=100_000, help="records a micro-batch may take"
    )
    given = options.parse_args()
    with start(max_rows_per_batch=given.batch) as pipeline:
        expected = fill(pipeline, given.posts)
        result = drain(pipeline, given.posts)
        wrong = check(pipeline, expected)
    print(f"{'part':>16}  CPU seconds per million posts")
    for part, seconds in sorted(result["cpu_s_per_million"].items()):
        print(f"{part:>16}  {seconds:.1f}")
    print(json.dumps(result | {"rows_wrong": wrong}))
    raise SystemExit(1 if wrong else 0)


def fill(pipeline: Pipeline, count: int) -> dict[str, int]:
    """Send the posts; what the tables should hold of them."""
    producer = KafkaProducer(
        bootstrap_servers=pipeline.settings.kafka.bootstrap, acks="all", compression_type="lz4", linger_ms=20,
        batch_size=512 * 1024,
    )  # fmt: skip
    authors: set[int] = set()
    uses: Counter[str] = Counter()
    sent_bytes, began_s = 0, time.monotonic()
    for number, post in enumerate(made_posts(count)):
        event = Event(
            post.payload, "x", received_at=time.time_ns() // 1_000, key=str(post.author).encode()
        )
        producer.send(POSTS.name, event.value, key=event.key, headers=event.headers())
        authors.add(post.author)
        uses.update(set(post.hashtags))
        sent_bytes += len(post.payload)
        if number % 20_000 == 0:
            print(f"\rfilling Kafka: {number:,} of {count:,} posts", end="", flush=True)
    producer.flush()
    passed_s = time.monotonic() - began_s
    print(f"\rfilled Kafka: {count:,} posts of {sent_bytes // count:,} bytes in {passed_s:.0f} s")
    return {
        "posts": count,
        "users": len(authors),
        "hashtags": uses.total(),
        "most_used": uses.most_common(1)[0][1],
    }


def drain(pipeline: Pipeline, count: int) -> dict[str, Any]:
    """Start the job and wait for the last post; rates and costs from the first commit on."""
    with pipeline.job() as job, mysql.connect(pipeline.settings.mysql, "writer") as connection:
        connection.autocommit = True
        wait_for_log(job, "job ready")
        first = 0
        while (done := committed(connection)) < count:
            if done and not first:
                first, first_s, cpu_before = done, time.monotonic(), pipeline.cpu_s(job)
            print(f"\rdraining: {done:,} of {count:,} posts", end="", flush=True)
            if job.exit_code() is not None:
                raise SystemExit(f"the job ended: {job.last_errors()}")
            time.sleep(0.1)
        passed_s = time.monotonic() - first_s
        cpu_after = pipeline.cpu_s(job)
    posts = count - first
    print(
        f"\rdrained {posts:,} posts in {passed_s:.1f} s: {posts / passed_s:,.0f} posts/s (wanted {WANTED_PER_S:,})"
    )
    per_million = {
        part: (cpu_after[part] - cpu_before.get(part, 0)) * 1e6 / posts for part in cpu_after
    }
    return {
        "posts_per_s": round(posts / passed_s),
        "cpu_s_per_million": {part: round(seconds, 1) for part, seconds in per_million.items()},
        "cpu_s_per_million_posts": round(sum(per_million.values()), 1),
        "load_1m": os.getloadavg()[0],
        "cores": os.cpu_count() or 0,
    }


def committed(connection: Any) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT COALESCE(SUM(next_offset), 0) FROM ledger WHERE topic = %s", (POSTS.name,)
        )
        return int(cursor.fetchone()[0])


def check(pipeline: Pipeline, expected: dict[str, int]) -> list[str]:
    """Compare the tables with what was sent; return the differences."""
    counted = {
        "posts": "SELECT COUNT(*) FROM posts",
        "users": "SELECT COUNT(*) FROM users",
        "hashtags": "SELECT COUNT(*) FROM hashtags",
        "most_used": "SELECT MAX(uses) FROM (SELECT SUM(uses) AS uses FROM hashtag_days GROUP BY hashtag) AS tags",
    }
    found = {name: int(ask(pipeline.settings.mysql, sql)[0][0]) for name, sql in counted.items()}
    return [
        f"{name}: {found[name]} for {wanted}"
        for name, wanted in expected.items()
        if found[name] != wanted
    ]


if __name__ == "__main__":
    main()
