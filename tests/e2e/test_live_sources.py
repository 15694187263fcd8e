"""Recorded messages of sources that resume: cut, refused and killed on the way, every post is in the tables once."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from e2e import recompute_live
from e2e.pipeline import Pipeline
from e2e.recompute import payloads_of
from e2e.recompute_live import QUESTIONS, Rows
from e2e.stored import differences
from posts_job import PATIENCE_S, PostsJob
from stand_ins import jetstream, mastodon_script
from stand_ins.jetstream import Firehose, Jetstream
from stand_ins.mastodon_api import MastodonInstance
from waiting import wait_until


@contextmanager
def listening(pipeline: Pipeline, source: str, **settings: object) -> Iterator[subprocess.Popen[bytes]]:
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


def arrives(pipeline: Pipeline, source: str, expected: dict[str, Rows], **settings: object) -> None:
    """Once it has saved a cursor the producer is killed; another has to bring all the rest, and stops when told."""
    log, cursor = pipeline.folder / f"{source}.log", pipeline.folder / source / "cursors" / f"{source}.json"
    with listening(pipeline, source, **settings):
        wait_until(cursor.exists, patience_s=PATIENCE_S)
    said = log.stat().st_size
    with listening(pipeline, source, **settings) as producer:
        with suppress(AssertionError):
            wait_until(lambda: differences(stored(pipeline, source), expected) == [], patience_s=PATIENCE_S)
        assert differences(stored(pipeline, source), expected) == []
        wait_until(lambda: log.stat().st_size > said)
        producer.send_signal(signal.SIGTERM)
        assert producer.wait(10) == 0, log.read_text()


def test_recorded_messages_of_bluesky(running: Pipeline, job: PostsJob, recorded: Path) -> None:
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
        settings = {"BLUESKY__HOSTS": json.dumps([host.url]), "BLUESKY__PROFILES_URL": host.http_url}
        # Whom the killed producer was about to look up is looked up with their next post.
        profiles = set(expected.pop("profiles"))
        arrives(running, "bluesky", expected, **settings)
        wait_until(lambda: bool(stored(running, "bluesky")["profiles"]))

    assert set(stored(running, "bluesky")["profiles"]) <= profiles
    assert job.is_running()


def profile_of(did: str, number: int) -> bytes:
    found: dict[str, Any] = {"did": did, "handle": f"person{number}.example", "displayName": f"Person {number}"}
    return json.dumps(found | {"followsCount": number, "followersCount": 10 * number}).encode()


def test_recorded_statuses_of_mastodon(running: Pipeline, job: PostsJob, recorded: Path) -> None:
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
        arrives(running, "mastodon", expected, **settings)

    assert job.is_running()
