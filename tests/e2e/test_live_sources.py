"""Recorded messages of sources that resume: cut, refused and killed on the way, each is once in
tables and lake."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from e2e import recompute_live
from e2e.arrived import event_ids, in_lake, is_through, kafka_records, lake_rows, placed
from e2e.pipeline import Pipeline, new_pipeline
from e2e.recompute import payloads_of
from e2e.recompute_live import QUESTIONS, Rows
from e2e.stored import differences
from edit_drivers import stored_edits
from posts_job import PATIENCE_S
from recompute_edits import recompute_edits
from servers import MysqlServer
from stand_ins import event_streams, jetstream, mastodon_script, x_api_script
from stand_ins.event_streams import EventStreams
from stand_ins.jetstream import Firehose, Jetstream
from stand_ins.mastodon_api import MastodonInstance
from waiting import wait_until

from producer.cursor import CursorFile
from tidemark.contracts.topics import EDITS, POSTS, Topic
from tidemark.lake.location import LakeLocation
from tidemark.stack.embedded.kafka import Kafka

POST = ("post_id", "op", "created_at", "user_id", "lang", "is_repost", "hashtags")
EDIT = (
    *(
        "source",
        "edit_id",
        "created_at",
        "received_at",
        "wiki",
        "type",
        "title",
        "namespace",
        "user_name",
    ),
    *("is_bot", "is_minor", "bytes_added", "bytes_removed", "kafka_partition", "kafka_offset"),
)


@pytest.fixture(scope="module")
def running(
    kafka: Kafka, mysql: MysqlServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Pipeline]:
    """All jobs, with the lake, for all tests of the module."""
    with new_pipeline(kafka, mysql, tmp_path_factory.mktemp("live")) as made:
        made.start_job(name="all", LAKE__PATH=lake_of(made).uri, LAKE__EVERY_S=1).wait_until_ready()
        yield made


def lake_of(pipeline: Pipeline) -> LakeLocation:
    return LakeLocation(str(pipeline.folder / "lake"))


@contextmanager
def listening(
    pipeline: Pipeline, source: str, **settings: object
) -> Iterator[subprocess.Popen[bytes]]:
    """A producer at work; whatever becomes of it, it is gone afterwards."""
    with (pipeline.folder / f"{source}.log").open("ab") as log:
        producer = subprocess.Popen(
            [sys.executable, "-m", "producer", source],
            cwd=pipeline.folder,
            env=pipeline.environment(pipeline.folder / source, **settings),
            stdout=log,
            stderr=log,
        )
    try:
        yield producer
    finally:
        producer.kill()
        producer.wait()


def stored(pipeline: Pipeline, source: str) -> dict[str, Rows]:
    found = {name: pipeline.stored.rows(question, source) for name, question in QUESTIONS.items()}
    return {name: sorted(rows, key=repr) for name, rows in found.items()}


def arrives(
    pipeline: Pipeline, source: str, missing: Callable[[], list[str]], **settings: object
) -> None:
    """The producer is killed once it has saved more than where it began; another has to bring all
    the rest, and stops when told."""
    log, cursor_file = (
        pipeline.folder / f"{source}.log",
        CursorFile(pipeline.folder / source / "cursors", source),
    )
    with listening(pipeline, source, **settings):
        wait_until(lambda: cursor_file.load().cursor is not None, patience_s=PATIENCE_S)
        began = cursor_file.load().cursor
        wait_until(lambda: cursor_file.load().cursor != began, patience_s=PATIENCE_S)
    said = log.stat().st_size
    with listening(pipeline, source, **settings) as producer:
        with suppress(AssertionError):
            wait_until(lambda: missing() == [], patience_s=PATIENCE_S)
        assert missing() == []
        wait_until(lambda: log.stat().st_size > said)
        producer.send_signal(signal.SIGTERM)
        assert producer.wait(10) == 0, log.read_text()
    wait_until(lambda: is_through(pipeline, lake_of(pipeline)), patience_s=PATIENCE_S)


def is_in_lake(
    pipeline: Pipeline, source: str, topic: Topic, *columns: str
) -> list[tuple[Any, ...]]:
    """The source's rows of the lake, where each of Kafka's records has to be once, and no event
    twice."""
    records = kafka_records(pipeline.kafka.bootstrap, topic)
    ids = [event_id for event_id in event_ids(records, source) if event_id is not None]
    assert len(set(ids)) == len(ids)
    assert in_lake(lake_of(pipeline), topic) == placed(records)
    rows = lake_rows(lake_of(pipeline), topic, "source", *dict.fromkeys(columns))
    return [tuple(plain(row[name]) for name in columns) for row in rows if row["source"] == source]


def plain(value: Any) -> Any:
    """As the tables have it."""
    if isinstance(value, datetime):
        return value.replace(tzinfo=None)
    return int(value) if isinstance(value, bool) else value


def check_posts_in_lake(pipeline: Pipeline, source: str, expected: dict[str, Rows]) -> None:
    rows = [row for row in is_in_lake(pipeline, source, POSTS, *POST) if row[0] is not None]
    assert {row[0] for row in rows} == {
        row[0] for name in ("posts", "deleted") for row in expected[name]
    }
    assert {(*row[:-1], len(row[-1] or ())) for row in rows if row[1] != "delete"} >= set(
        expected["posts"]
    )
    used = {(row[0], at, tag) for row in rows for at, tag in enumerate(row[-1] or ())}
    assert used >= {(post_id, at, spelling) for post_id, at, _, spelling in expected["hashtags"]}


def test_recorded_messages_of_bluesky(running: Pipeline, recorded: Path) -> None:
    names = ("jetstream_v1_capture", "jetstream_v1_golden")
    messages = [line for name in names for line in payloads_of(recorded / f"{name}.jsonl.gz")]
    messages.sort(key=lambda message: int(json.loads(message)["time_us"]))
    dids = {json.loads(message)["did"] for message in messages}
    people = {did: profile_of(did, number) for number, did in enumerate(sorted(dids))}
    expected = recompute_live.bluesky(messages, people)
    assert len(expected["posts"]) > 10
    script: list[jetstream.Connection] = [
        [jetstream.Messages(25), jetstream.Cut()],
        jetstream.Refuse(503),
        [jetstream.Messages(20), jetstream.Hold(for_s=2)],
    ]

    with Jetstream(Firehose(messages), script=script, people=people) as host:
        settings = {
            "BLUESKY__HOSTS": json.dumps([host.url]),
            "BLUESKY__PROFILES_URL": host.http_url,
        }
        # Whom the killed producer was about to look up is looked up with their next post.
        profiles = set(expected.pop("profiles"))
        arrives(
            running,
            "bluesky",
            lambda: differences(stored(running, "bluesky"), expected),
            **settings,
        )
        wait_until(lambda: bool(stored(running, "bluesky")["profiles"]))

    assert set(stored(running, "bluesky")["profiles"]) <= profiles
    check_posts_in_lake(running, "bluesky", expected)


def profile_of(did: str, number: int) -> bytes:
    found: dict[str, Any] = {
        "did": did,
        "handle": f"person{number}.example",
        "displayName": f"Person {number}",
    }
    return json.dumps(found | {"followsCount": number, "followersCount": 10 * number}).encode()


def test_recorded_statuses_of_mastodon(running: Pipeline, recorded: Path) -> None:
    statuses = payloads_of(recorded / "mastodon_statuses.jsonl.gz")
    statuses.sort(key=lambda status: int(json.loads(status)["id"]))
    expected = recompute_live.mastodon(statuses)
    script: list[mastodon_script.Connection] = [
        [mastodon_script.Posts(40), mastodon_script.Cut()],
        mastodon_script.Refuse(503),
        [mastodon_script.Unsent(20), mastodon_script.Posts(30), mastodon_script.Hold(for_s=2)],
    ]

    with MastodonInstance(statuses, script=script) as instance:
        settings = {"MASTODON__URL": instance.url, "MASTODON__ACCESS_TOKEN": instance.token}
        arrives(
            running,
            "mastodon",
            lambda: differences(stored(running, "mastodon"), expected),
            **settings,
        )

    check_posts_in_lake(running, "mastodon", expected)


def test_recorded_edits_of_wikimedia(running: Pipeline, recorded: Path) -> None:
    names = ("wikimedia_edits", "wikimedia_mixed")
    edits = [
        line.rstrip(b"\n") for name in names for line in payloads_of(recorded / f"{name}.jsonl.gz")
    ]
    ids = sorted(json.loads(edit)["meta"]["id"] for edit in edits)
    script: list[event_streams.Connection] = [
        [event_streams.Changes(30), event_streams.Missed(10), x_api_script.Cut()],
        event_streams.Refuse(503),
        [event_streams.Changes(30), x_api_script.Hold(silent=True, for_s=2)],
    ]

    def expected() -> dict[str, Rows]:
        """Of what is in Kafka, since rows tell where that is."""
        ((topic_id,),) = running.stored.rows(
            "SELECT DISTINCT topic_id FROM {db}.ledger WHERE topic = 'edits'"
        )
        return recompute_edits([kafka_records(running.kafka.bootstrap, EDITS)], topic_id)

    def missing() -> list[str]:
        stored_ids = sorted(
            edit_id for (edit_id,) in running.stored.rows("SELECT edit_id FROM {db}.edits")
        )
        return [] if stored_ids == ids else [f"{len(stored_ids)} of {len(ids)}"]

    with EventStreams(edits, script=script) as streams:
        settings = {"WIKIMEDIA__URL": streams.url, "WIKIMEDIA__CONTACT": "someone@example.org"}
        arrives(running, "wikimedia", missing, **settings)

    assert differences(stored_edits(running.settings), expected()) == []
    assert sorted(is_in_lake(running, "wikimedia", EDITS, *EDIT), key=repr) == sorted(
        expected()["edits"], key=repr
    )
