"""`python -m producer` as a process, against a real Kafka."""

import json
import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from stand_ins.kafka_tail import Tail
from stand_ins.x_api import XApi
from stand_ins.x_api_script import Close, Connection, Posts, Refuse
from waiting import wait_until

from producer.cursor import CursorFile
from tidemark.contracts.topics import COVERAGE, EDITS, POSTS, TOPICS
from tidemark.errors import EX_CONFIG
from tidemark.settings import KafkaSettings
from tidemark.stack.embedded.kafka import Kafka
from tidemark.stack.project import FOLDER
from tidemark.stack.topics import make_topics

START = datetime(2026, 11, 21, 10, tzinfo=UTC)


@pytest.fixture
def posts(kafka: Kafka) -> Iterator[Tail]:
    topics = list(TOPICS.values())
    make_topics(KafkaSettings(bootstrap=kafka.bootstrap, partitions=2), topics)
    tail = Tail(kafka.bootstrap, POSTS)
    yield tail
    tail.close()


def recording(folder: Path, posts: int) -> Path:
    """Posts written at 4,000 a second, with ids of their own, so that tests that share a topic do
    not meet."""
    run_id = secrets.randbelow(10**9)
    file = folder / "posts.jsonl"
    with file.open("w") as lines:
        for number in range(posts):
            written_at = START + timedelta(milliseconds=number / 4)
            post = {
                "id": f"{run_id}{number:06}",
                "author_id": str(number % 50),
                "created_at": written_at.isoformat(),
            }
            lines.write(json.dumps({"data": {**post, "text": "x" * 1500}}) + "\n")
    return file


def produce(
    kafka: Kafka, folder: Path, source: str = "replay", *options: str, **settings: object
) -> "subprocess.Popen[str]":
    environment = {
        **os.environ,
        "TIDEMARK_KAFKA__BOOTSTRAP": kafka.bootstrap,
        "TIDEMARK_DATA_DIR": str(folder / "data"),
        **{f"TIDEMARK_{name}": str(value) for name, value in settings.items()},
    }
    return subprocess.Popen(
        [sys.executable, "-m", "producer", *options, source],
        cwd=FOLDER,
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
    )


def ids(records: list[Any]) -> list[str]:
    return [dict(record.headers)["event_id"].decode() for record in records]


def file_ids(file: Path) -> list[str]:
    return ["x:" + json.loads(line)["data"]["id"] for line in file.read_text().splitlines()]


def line_of(folder: Path, posts_a_line: int = 1) -> int:
    """How many posts the cursor has behind it."""
    cursor = CursorFile(folder / "data" / "cursors", "replay").load().cursor
    return 0 if cursor is None else int(cursor["line"]) * posts_a_line + int(cursor.get("taken", 0))


def paged(file: Path, posts_a_page: int) -> Path:
    """The same posts as answers of a search, each with so many."""
    found = [json.loads(line)["data"] for line in file.read_text().splitlines()]
    file = file.with_name("pages.jsonl")
    with file.open("w") as lines:
        for first in range(0, len(found), posts_a_page):
            lines.write(
                json.dumps({"data": found[first : first + posts_a_page], "meta": {}}) + "\n"
            )
    return file


def wait_until_moved(process: "subprocess.Popen[str]", folder: Path, posts_a_line: int = 1) -> None:
    before = line_of(folder, posts_a_line)
    wait_until(lambda: line_of(folder, posts_a_line) > before or process.poll() is not None)


def test_a_file_is_played_to_its_end_and_playing_it_again_sends_nothing(
    kafka: Kafka, posts: Tail, tmp_path: Path
) -> None:
    file = recording(tmp_path, posts=3000)

    for _ in range(2):
        process = produce(kafka, tmp_path, REPLAY__FILE=file)
        _, errors = process.communicate(timeout=60)
        assert process.returncode == 0, errors

    assert sorted(ids(posts.read())) == sorted(file_ids(file))


def test_told_to_stay_it_waits_at_the_end_of_the_file_until_it_is_told_to_stop(
    kafka: Kafka, posts: Tail, tmp_path: Path
) -> None:
    file = recording(tmp_path, posts=10)
    process = produce(kafka, tmp_path, "replay", "--stay", REPLAY__FILE=file)
    assert process.stderr is not None
    wait_until(lambda: line_of(tmp_path) == 10)

    lines = iter(process.stderr.readline, "")
    assert any(" ended " in line for line in lines)
    assert process.poll() is None

    process.terminate()
    process.communicate(timeout=60)
    assert process.returncode == 0
    assert sorted(ids(posts.read())) == sorted(file_ids(file))


@pytest.mark.parametrize("posts_a_line", [1, 9000])
def test_killed_at_any_moment_it_loses_and_doubles_nothing(
    kafka: Kafka, posts: Tail, tmp_path: Path, posts_a_line: int
) -> None:
    plain = recording(tmp_path, posts=40_000)
    file = plain if posts_a_line == 1 else paged(plain, posts_a_line)
    saved, sent = [], []
    for _ in range(3):
        process = produce(kafka, tmp_path, REPLAY__FILE=file, REPLAY__SPEED=1)
        wait_until_moved(process, tmp_path, posts_a_line)
        process.kill()
        process.communicate()
        saved.append(line_of(tmp_path, posts_a_line))
        sent.append(len(posts.read()))

    process = produce(kafka, tmp_path, REPLAY__FILE=file)
    _, errors = process.communicate(timeout=120)

    assert process.returncode == 0, errors
    assert 0 < saved[0] < saved[1] < saved[2] <= len(file_ids(plain))
    assert sum(sent) > sum(saved)  # the kills did hit what was sent and not yet saved
    assert sorted(ids(posts.read())) == sorted(file_ids(plain))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_told_to_stop_it_drains_and_a_later_start_doubles_nothing(
    kafka: Kafka, posts: Tail, tmp_path: Path, number: signal.Signals
) -> None:
    file = recording(tmp_path, posts=40_000)
    process = produce(kafka, tmp_path, REPLAY__FILE=file, REPLAY__SPEED=1)
    wait_until_moved(process, tmp_path)
    process.send_signal(number)
    _, errors = process.communicate(timeout=20)
    stopped_at = line_of(tmp_path)
    sent_by_then = sorted(ids(posts.read()))

    assert process.returncode == 0, errors
    assert sent_by_then == sorted(file_ids(file)[:stopped_at])

    process = produce(kafka, tmp_path, REPLAY__FILE=file)
    _, errors = process.communicate(timeout=120)

    assert process.returncode == 0, errors
    assert sorted(ids(posts.read())) == sorted(file_ids(file))


def test_what_is_wrong_is_one_line_and_an_exit_code_that_starts_nothing_again(
    kafka: Kafka, posts: Tail, tmp_path: Path
) -> None:
    process = produce(kafka, tmp_path, REPLAY__FILE=tmp_path / "missing.jsonl")
    _, errors = process.communicate(timeout=30)

    assert process.returncode == EX_CONFIG
    assert errors.count("\n") == 1
    assert errors.startswith("error: ")
    assert "missing.jsonl" in errors


X_POSTS = [b'{"data":{"id":"9%d","author_id":"7"}}' % number for number in range(200)]


def test_posts_of_x_reach_kafka_and_it_stops_in_the_midst_of_waiting(
    kafka: Kafka, posts: Tail, tmp_path: Path
) -> None:
    token = "AAAAsecret%3Dtoken"
    script: list[Connection] = [[Posts(200), Close()], Refuse(429)]
    with XApi(X_POSTS, script=script, token=token, with_rules=False) as api:
        process = produce(
            kafka,
            tmp_path,
            "x",
            X__BEARER_TOKEN=token,
            X__API_URL=api.url,
            X__TRACK='["kafka"]',
            LOG_LEVEL="DEBUG",
        )
        # The second connection is refused: from now on tweepy sleeps for a minute.
        wait_until(lambda: len(api.connected_at_s) == 2 and len(posts.read()) >= 200)
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=20)

    assert process.returncode == 0, errors
    assert sorted(record.value for record in posts.read()) == sorted(X_POSTS)
    assert token not in errors


def test_x_without_credit_is_one_clear_line_and_what_came_before_is_safe(
    kafka: Kafka, posts: Tail, tmp_path: Path
) -> None:
    script: list[Connection] = [[Posts(200), Close()], Refuse(402, {"title": "CreditsDepleted"})]
    with XApi(X_POSTS, script=script, token="AAAA", with_rules=False) as api:
        process = produce(
            kafka,
            tmp_path,
            "x",
            X__BEARER_TOKEN="AAAA",
            X__API_URL=api.url,
            X__TRACK='["kafka"]',
        )
        _, errors = process.communicate(timeout=60)

    assert process.returncode == EX_CONFIG
    assert errors.splitlines()[-1].startswith("error: X wants to be paid")
    assert "402; X says: CreditsDepleted" in errors.splitlines()[-1]
    assert sorted(record.value for record in posts.read()) == sorted(X_POSTS)


def test_made_up_posts_flow_until_told_to_stop(kafka: Kafka, posts: Tail, tmp_path: Path) -> None:
    only_x = {"SAMPLE__NETWORKS": '["x"]'}
    process = produce(
        kafka, tmp_path, "sample", SAMPLE__HISTORY_MINUTES=5, SAMPLE__RATE=20, **only_x
    )
    wait_until(lambda: len(posts.read()) > 3000 or process.poll() is not None)
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=20)

    assert process.returncode == 0, errors
    sources = {dict(record.headers)["source"] for record in posts.read()}
    assert sources == {b"sample"}
    good = [
        dict(record.headers)["event_id"]
        for record in posts.records
        if "event_id" in dict(record.headers)
    ]
    assert len(good) == len(set(good)) > 0.99 * len(posts.records)


def test_made_up_events_of_each_network_go_to_its_topics(
    kafka: Kafka, posts: Tail, tmp_path: Path
) -> None:
    tails = {
        POSTS: posts,
        EDITS: Tail(kafka.bootstrap, EDITS),
        COVERAGE: Tail(kafka.bootstrap, COVERAGE),
    }
    process = produce(kafka, tmp_path, "sample", SAMPLE__HISTORY_MINUTES=5, SAMPLE__RATE=20)
    wait_until(lambda: len(tails[EDITS].read()) > 1000 or process.poll() is not None)
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=20)

    assert process.returncode == 0, errors
    sources = {
        topic.name: {dict(record.headers)["source"] for record in tail.read()}
        for topic, tail in tails.items()
    }
    made_up = {b"sample_bluesky", b"sample_mastodon", b"sample_wikimedia"}
    assert sources["posts"] == {b"sample", b"sample_bluesky", b"sample_mastodon"}
    assert sources["edits"] == {b"sample_wikimedia"}
    assert sources["coverage"] >= made_up
    for tail in (tails[EDITS], tails[COVERAGE]):
        tail.close()
