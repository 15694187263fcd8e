"""Measure the time from Kafka's acknowledgement of a post to its committed row, at a steady rate.

The last line is JSON.

    .venv/bin/python bench/latency.py [--rates 1000 6000] [--seconds 30]

6,000 posts/s is the average of all of Twitter. A post counts as committed when another connection
sees the ledger past its offset, asked every 10 ms. Posts are made before the clock runs: to make
them takes as much time as to publish them.
"""

import argparse
import bisect
import itertools
import json
import os
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

from kafka.structs import TopicPartition
from made_posts import MadePost, made_posts
from pipeline import Pipeline, start, wait_for_log

from producer.kafka.client import FastProducer, connect
from tidemark import mysql
from tidemark.contracts.events import Event
from tidemark.contracts.topics import POSTS

WARM_UP_S = 20
POOL = 50_000
FIRST_ID = 10**18
LOOK_EVERY_S = 0.01


@dataclass
class Commits:
    """What the ledger said and when, by partition, in order."""

    offsets: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    at_s: dict[int, list[float]] = field(default_factory=lambda: defaultdict(list))

    def watch(self, pipeline: Pipeline, stop: threading.Event) -> None:
        with (
            mysql.connect(pipeline.settings.mysql, "writer") as connection,
            connection.cursor() as cursor,
        ):
            connection.autocommit = True
            while not stop.wait(LOOK_EVERY_S):
                cursor.execute(
                    "SELECT kafka_partition, next_offset FROM ledger WHERE topic = %s",
                    (POSTS.name,),
                )
                now_s = time.monotonic()
                for partition, offset in cursor.fetchall():
                    seen = self.offsets[partition]
                    if not seen or offset > seen[-1]:
                        seen.append(offset)
                        self.at_s[partition].append(now_s)

    def committed_s(self, partition: int, offset: int) -> float | None:
        """Return when the ledger was first seen past the offset."""
        place = bisect.bisect_right(self.offsets[partition], offset)
        return self.at_s[partition][place] if place < len(self.at_s[partition]) else None


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rates", type=int, nargs="+", default=[1_000, 6_000])
    options.add_argument("--seconds", type=int, default=30)
    given = options.parse_args()
    results = []
    with start(max_rows_per_batch=50_000) as pipeline, pipeline.job() as job:
        wait_for_log(job, "job ready")
        for rate in given.rates:
            results.append(measure(pipeline, rate, given.seconds))
            print(
                "at {rate:,}/s: p50 {p50_ms} ms, p95 {p95_ms} ms, p99 {p99_ms} ms".format(
                    **results[-1]
                )
            )
    print(json.dumps({"latency": results, "load_1m": os.getloadavg()[0], "cores": os.cpu_count()}))


def measure(pipeline: Pipeline, rate: int, seconds: int) -> dict[str, Any]:
    """Return percentiles over the posts that were acknowledged after the warm-up."""
    commits, stop = Commits(), threading.Event()
    watcher = threading.Thread(target=commits.watch, args=(pipeline, stop))
    watcher.start()
    acknowledged = send(pipeline, rate, WARM_UP_S + seconds)
    last: dict[int, int] = {}
    for partition, offset, _ in acknowledged:
        last[partition] = max(offset, last.get(partition, -1))
    deadline = time.monotonic() + 60
    while (
        any(commits.committed_s(p, offset) is None for p, offset in last.items())
        and time.monotonic() < deadline
    ):
        time.sleep(0.05)
    stop.set()
    watcher.join()
    warm_s = acknowledged[0][2] + WARM_UP_S
    latencies_s = [
        committed_s - acked_s
        for partition, offset, acked_s in acknowledged
        if acked_s > warm_s and (committed_s := commits.committed_s(partition, offset)) is not None
    ]
    return {"rate": rate, "posts": len(latencies_s)} | percentiles_ms(latencies_s)


def send(pipeline: Pipeline, rate: int, seconds: int) -> list[tuple[int, int, float]]:
    """Send posts as a producer does; return (partition, offset, when acknowledged), by acknowledgement.

    What the sender costs is taken from the pipeline that it measures.
    """
    producer = connect(pipeline.settings.kafka.bootstrap)
    partitions = [
        TopicPartition(POSTS.name, number) for number in sorted(producer.partitions_for(POSTS.name))
    ]
    acknowledged: list[tuple[int, int, float]] = []

    def note(metadata: Any) -> None:
        acknowledged.append((metadata.partition, metadata.offset, time.monotonic()))

    posts = renewed(rate, list(made_posts(POOL, seed=rate, span_s=1, first_id=FIRST_ID)))
    began_s, sent, shown_s = time.monotonic(), 0, -1
    while (elapsed_s := time.monotonic() - began_s) < seconds:
        for post in islice(posts, max(0, int(elapsed_s * rate) - sent)):
            publish(producer, partitions, post).add_callback(note)
            sent += 1
        if int(elapsed_s) > shown_s:
            shown_s = int(elapsed_s)
            print(f"\rsending {rate:,}/s: {shown_s} of {seconds} s", end="", flush=True)
        time.sleep(0.005)
    producer.flush()
    producer.close()
    print("\r", end="")
    return acknowledged


def renewed(rate: int, pool: list[MadePost]) -> Iterator[MadePost]:
    """Yield the pool again and again, with ids that no other rate has: else they would be repeats."""
    for number in itertools.count():
        place = number % len(pool)
        new_id = str(FIRST_ID + rate * 10**9 + number).encode()
        yield replace(
            pool[place], payload=pool[place].payload.replace(str(FIRST_ID + place).encode(), new_id)
        )


def publish(producer: FastProducer, partitions: list[TopicPartition], post: MadePost) -> Any:
    event = Event(
        post.payload, "x", received_at=time.time_ns() // 1_000, key=str(post.author).encode()
    )
    partition = partitions[post.author % len(partitions)]
    return producer.send_unchecked(partition, event.value, event.key, event.headers())


def percentiles_ms(latencies_s: list[float]) -> dict[str, int]:
    ordered = sorted(latencies_s)
    return {f"p{p}_ms": round(ordered[int(len(ordered) * p / 100)] * 1_000) for p in (50, 95, 99)}


if __name__ == "__main__":
    main()
