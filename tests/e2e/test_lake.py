"""Kafka → Spark → the lake, in real processes: each record once, whatever is killed, lost or made
anew."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest
from e2e.made_up import made_up
from e2e.pipeline import renew_topics
from e2e.x_posts import for_charts, post_of
from edit_payloads import edited
from kafka import KafkaProducer
from posts_job import PATIENCE_S, PostsJob
from waiting import wait_until

from spark_jobs.decode.lake_rows import LAKE_TOPICS
from tidemark.errors import EX_CONFIG
from tidemark.lake.location import LakeLocation
from tidemark.lake.reader import Span, read
from tidemark.lake.table import LakeTable
from tidemark.settings import KafkaSettings
from tidemark.stack.embedded.kafka import Kafka
from tidemark.stack.project import FOLDER

Headers = list[tuple[str, bytes]]
HEADERS: Headers = [
    ("source", b"x"),
    ("event_id", b"x:1"),
    ("received_at", b"1774958400000123"),
    ("rules", b"one,two"),
]
RECEIVED_AT = "2026-03-31T12:00:00.000123+00:00"


class Lake:
    """Empty topics, an empty lake, and the jobs between them."""

    def __init__(self, kafka: Kafka, folder: Path) -> None:
        self.kafka = KafkaSettings(bootstrap=kafka.bootstrap)
        self.folder = folder
        self.place = LakeLocation(str(folder / "lake"))
        self.sent: dict[str, list[bytes | None]] = {"posts": [], "edits": [], "rejected": []}
        self.jobs: list[PostsJob] = []
        renew_topics(self.kafka)

    def start(self, data_dir: str = "data") -> PostsJob:
        folder = self.folder / f"job-{len(self.jobs)}"
        folder.mkdir()
        self.jobs.append(PostsJob(self.environment(data_dir), folder, name="lake"))
        return self.jobs[-1]

    def environment(self, data_dir: str) -> dict[str, str]:
        ours = {
            name: value for name, value in os.environ.items() if not name.startswith("TIDEMARK_")
        }
        return ours | {
            "TIDEMARK_DATA_DIR": str(self.folder / data_dir),
            "TIDEMARK_JARS_DIR": str(FOLDER / ".jars"),
            "TIDEMARK_KAFKA__BOOTSTRAP": self.kafka.bootstrap,
            "TIDEMARK_LAKE__PATH": self.place.uri,
            "TIDEMARK_LAKE__EVERY_S": "1",
        }

    def send(self, topic: str, values: list[bytes | None], headers: Headers | None = None) -> None:
        producer = KafkaProducer(bootstrap_servers=self.kafka.bootstrap, acks="all", linger_ms=5)
        for at, value in enumerate(values):
            producer.send(
                topic,
                value=value,
                key=b"k",
                headers=HEADERS if headers is None else headers,
                partition=at % 2,
            )
        producer.flush(60)
        producer.close()
        self.sent[topic].extend(values)

    def rows(self, topic: str) -> list[dict[str, Any]]:
        table = LakeTable.find(self.place, topic)
        if table is None:
            return []
        return [
            row
            for batch in read(table, table.schema.names, Span(), table.files())
            for row in batch.to_pylist()
        ]

    def count(self, topic: str) -> int:
        table = LakeTable.find(self.place, topic)
        return 0 if table is None else sum(file.rows for file in table.files())

    def wait_until_stored(self, job: PostsJob, topic: str = "posts") -> None:
        def is_stored() -> bool:
            assert job.is_running(), job.log()
            return self.count(topic) >= len(self.sent[topic])

        wait_until(is_stored, patience_s=PATIENCE_S)

    def check(self, topic: str = "posts") -> None:
        """Each record that was sent is there once, at a place of its own."""
        rows = self.rows(topic)
        assert sorted(row["value"] or b"" for row in rows) == sorted(
            value or b"" for value in self.sent[topic]
        )
        places = [(row["topic_id"], row["kafka_partition"], row["kafka_offset"]) for row in rows]
        assert len(set(places)) == len(places)


@pytest.fixture
def lake(kafka: Kafka, tmp_path: Path) -> Iterator[Lake]:
    made = Lake(kafka, tmp_path)
    yield made
    for job in made.jobs:
        job.kill_all()


def test_each_record_is_a_row_as_it_came_with_what_it_tells(lake: Lake) -> None:
    job = lake.start()
    lake.send("posts", list(made_up(400)))
    lake.send("posts", [b"no json", None, b"[]"])
    lake.send("posts", list(made_up(2, first=400)), headers=[])
    lake.send("edits", [edited("e-1", title="Tide"), b"[]"], headers=[("source", b"wikimedia")])
    lake.send("rejected", [b"x" * 100], headers=[("source", b"x"), ("reason", b"too_large")])
    for topic in lake.sent:
        lake.wait_until_stored(job, topic)
    job.stop()

    for topic in lake.sent:
        lake.check(topic)
    rows = {row["value"]: row for row in lake.rows("posts")}
    for payload in made_up(400):
        assert _told(rows[payload]) == _expected(payload), payload
    assert {rows[value]["reject_reason"] for value in (b"no json", None, b"[]")} == {
        "not_json",
        "empty",
        "not_a_post",
    }
    assert rows[made_up(1)[0]]["received_at"].isoformat() == RECEIVED_AT
    assert rows[made_up(1)[0]]["day"].isoformat() == "2026-03-31"
    assert [rows[made_up(1)[0]][name] for name in ("source", "event_id", "rules")] == [
        "x",
        "x:1",
        "one,two",
    ]
    plain = rows[made_up(1, first=400)[0]]
    assert [plain[name] for name in ("source", "event_id", "rules", "reason")] == [None] * 4
    (refused,) = lake.rows("rejected")
    assert (refused["reason"], refused["reject_reason"]) == ("too_large", "too_large")
    edit, none = sorted(lake.rows("edits"), key=lambda row: row["kafka_partition"])
    assert [edit[name] for name in ("edit_id", "wiki", "title", "type")] == [
        "e-1",
        "enwiki",
        "Tide",
        "edit",
    ]
    assert (none["edit_id"], none["reject_reason"]) == (None, "not_an_edit")


def _told(row: dict[str, Any]) -> dict[str, Any]:
    names = (
        *(
            "post_id",
            "user_id",
            "username",
            "display_name",
            "nb_friends",
            "nb_followers",
            "lang",
            "hashtags",
        ),
        *("is_repost", "nb_links", "nb_mentions", "created_at", "op", "reject_reason"),
    )
    return {name: row[name] for name in names}


def _expected(payload: bytes) -> dict[str, Any]:
    post = post_of(json.loads(payload))
    return {
        "post_id": post["version"],
        "user_id": post["user_id"],
        "username": for_charts(post["handle"] or post["name"]),
        "display_name": post["name"],
        "nb_friends": post["friends"],
        "nb_followers": post["followers"],
        "lang": post["lang"],
        "hashtags": post["tags"],
        "is_repost": post["is_repost"],
        "nb_links": post["links"],
        "nb_mentions": post["mentions"],
        "created_at": post["at"].replace(tzinfo=UTC),
        "op": post["op"],
        "reject_reason": None,
    }


def test_killed_without_its_checkpoint_and_with_a_damaged_file_it_loses_and_doubles_nothing(
    lake: Lake,
) -> None:
    for turn in range(3):
        job = lake.start()
        lake.send("posts", list(made_up(3000, first=3000 * turn)))
        files = lake.folder / "lake" / "posts"
        there = len(list(files.rglob("*.parquet")))
        # Files appear before they are committed: this is between the two, or just after.
        wait_until(
            lambda there=there, files=files: len(list(files.rglob("*.parquet"))) > there,  # type: ignore[misc]
            patience_s=PATIENCE_S,
        )
        wait_until(lambda turn=turn: turn < 2 or lake.count("posts") > 0, patience_s=PATIENCE_S)  # type: ignore[misc]
        job.kill_driver() if turn % 2 else job.kill_all()
        if turn == 1:
            shutil.rmtree(lake.folder / "data" / "checkpoints")
    cut_newest_file(lake)

    job = lake.start()
    wait_until(lambda: job.has_logged("lake stepped back"), patience_s=PATIENCE_S)
    lake.wait_until_stored(job)
    job.stop()

    lake.check()
    assert [path.name for path in (lake.folder / "data" / "spark").iterdir()] == ["lock"], (
        "killed drivers left things"
    )


def cut_newest_file(lake: Lake) -> None:
    """As a power cut does to what the disk had no time for."""
    table = LakeTable.find(lake.place, "posts")
    assert table is not None
    newest = max(
        (lake.folder / "lake" / "posts" / file.path for file in table.files()), key=os.path.getmtime
    )
    os.truncate(newest, newest.stat().st_size // 2)


def test_of_two_drivers_one_goes_on_and_each_record_is_there_once(lake: Lake) -> None:
    first, second = lake.start(), lake.start("elsewhere")
    for job in (first, second):
        wait_until(lambda job=job: job.has_logged("job ready"), patience_s=PATIENCE_S)  # type: ignore[misc]

    def one_has_ended() -> bool:
        lake.send("posts", list(made_up(50, first=len(lake.sent["posts"]))))
        return not (first.is_running() and second.is_running())

    wait_until(one_has_ended, patience_s=PATIENCE_S)
    loser, winner = (first, second) if not first.is_running() else (second, first)

    assert loser.wait() == 1
    assert [line for line in loser.errors() if "another driver writes to" in line] == loser.errors()
    assert len(loser.errors()) == 1
    lake.wait_until_stored(winner)
    lake.check()


def test_a_topic_that_was_made_anew_stops_it(lake: Lake) -> None:
    job = lake.start()
    lake.send("posts", list(made_up(100)))
    lake.wait_until_stored(job)
    job.stop()
    before = len(lake.sent["posts"])

    renew_topics(lake.kafka)
    lake.send("posts", list(made_up(200)))
    job = lake.start()

    assert job.wait() == EX_CONFIG
    (error,) = job.errors()
    assert "lake table posts: topic posts was made anew" in error
    assert lake.count("posts") == before

    for topic in LAKE_TOPICS:
        told = subprocess.run(
            [sys.executable, "-m", "tidemark", "lake", "restart", topic],
            env=lake.environment("data"),
            capture_output=True,
            text=True,
            check=False,
        )
        assert told.returncode == 0, told.stderr
    job = lake.start()
    lake.wait_until_stored(job)
    job.stop()
    lake.check()
    assert len({row["topic_id"] for row in lake.rows("posts")}) == 2
