"""Whatever lands in the topic: good posts arrive, all else is set aside with a reason and its
bytes, nothing stops."""

import base64
import gzip
import itertools
import json
import os
import socket
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil
from e2e.made_up import made_up
from e2e.pipeline import OF_POSTS, Pipeline, Record
from kafka import KafkaProducer
from posts_job import PostsJob

NOT_JSON = frozenset({"not_json"})
NOT_A_POST = frozenset({"not_a_post"})
EITHER = NOT_JSON | NOT_A_POST

SOURCE_X = [("source", b"x")]
Hostile = tuple[Record, frozenset[str], str | None]
"""A record, the reasons for which it may be refused, and its `source` column."""


def assert_set_aside(
    pipeline: Pipeline, job: PostsJob, hostile: list[Hostile], first_post: int
) -> None:
    """Send them with a good post behind each; see that all are where they belong."""
    good = made_up(len(hostile), first=first_post, repeats=False)
    before = pipeline.stored.rejected()
    records = [
        record
        for (bad, _, _), post in zip(hostile, good, strict=True)
        for record in (bad, (post, SOURCE_X))
    ]
    places = pipeline.send(records)
    pipeline.sent.extend(good)
    pipeline.wait_until_drained(job)

    found = {place: row for place, row in pipeline.stored.rejected().items() if place not in before}
    expected = {
        ("posts", partition, offset): (source, reasons, record[0] and record[0][: 64 << 10])
        for (partition, offset), (record, reasons, source) in zip(places[::2], hostile, strict=True)
    }
    assert found.keys() == expected.keys()
    wrong = {
        place: (found[place], expected[place])
        for place, (source, reasons, value) in expected.items()
        if found[place][0] != source or found[place][1] not in reasons or found[place][2] != value
    }
    assert wrong == {}
    assert pipeline.differences() == []


def test_every_payload_of_a_suite_of_hostile_json_is_set_aside(
    running: Pipeline, job: PostsJob, recorded: Path
) -> None:
    lines = gzip.decompress((recorded / "hostile_json.jsonl.gz").read_bytes()).splitlines()
    cases = [json.loads(line) for line in lines]
    reasons = {"accept": NOT_A_POST, "reject": NOT_JSON, "either": EITHER}
    headers: Any = itertools.cycle([[], SOURCE_X])
    hostile: list[Hostile] = [
        ((base64.b64decode(case["base64"]), next(headers)), reasons[case["expect"]], "x")
        for case in cases
    ]

    assert_set_aside(running, job, hostile, first_post=0)


def test_made_up_junk_is_set_aside(running: Pipeline, job: PostsJob) -> None:
    hostile: list[Hostile] = [
        ((None, []), frozenset({"empty"}), "x"),
        ((None, SOURCE_X), frozenset({"empty"}), "x"),
    ]
    hostile += [
        ((payload, headers), NOT_JSON, "x") for payload in BROKEN for headers in ([], SOURCE_X)
    ]
    hostile += [((payload, SOURCE_X), NOT_A_POST, "x") for payload in NO_POSTS]
    hostile += [((payload, []), frozenset({reason}), "x") for reason, payload in BAD_POSTS]
    hostile += [
        ((post(), [("source", name)]), frozenset({"unknown_source"}), None) for name in NO_SOURCES
    ]

    assert_set_aside(running, job, hostile, first_post=10_000)


def test_good_posts_with_odd_contents_and_headers_arrive(running: Pipeline, job: PostsJob) -> None:
    before = running.stored.rejected()
    stated = [b"", b"yesterday", b"-5", b"1.5", b"9" * 40, b"\xff\xfe", "\u0661\u0662".encode()]
    records: list[Record] = [
        (
            post(id=f"odd-header-{number}"),
            [("received_at", value), ("received_at", value), ("\u20ac", b"\x00")],
        )
        for number, value in enumerate(stated)
    ]
    records += [(payload, SOURCE_X) for payload in ODD_POSTS]

    running.send(records)
    running.sent.extend(payload for payload, _ in records if payload is not None)
    running.wait_until_drained(job)

    assert running.differences() == []
    assert running.stored.rejected() == before
    latest = running.stored.rows(
        "SELECT MAX(received_at) FROM {db}.posts WHERE post_id LIKE 'odd-header-%'"
    )
    assert latest[0][0].year < 9000


def test_what_a_producer_refused_is_kept_with_its_reason(running: Pipeline, job: PostsJob) -> None:
    before = running.stored.rejected()
    good, large = made_up(20, first=30_000), post(text="x" * 1_000_000)
    path = running.folder / "large.jsonl"
    path.write_bytes(b"\n".join([*good[:10], large, *good[10:]]))

    running.replay(path, "large")
    running.sent.extend(good)
    running.wait_until_drained(job)

    found = {place: row for place, row in running.stored.rejected().items() if place not in before}
    assert [topic for topic, _, _ in found] == ["rejected"]
    assert list(found.values()) == [("x", "too_large", large[: 64 << 10])]
    assert running.differences() == []


HEAP_BYTES = 1 << 30
REST_OF_JVM_BYTES = 512 << 20
"""Its code, its threads, and what it holds outside of the heap."""
LARGE_BYTES = 880_000


def test_large_records_are_drained_within_the_memory_that_there_is(
    running: Pipeline, job: PostsJob
) -> None:
    """Batches are bounded by bytes: 1.2 GB of large records are some megabytes in Kafka, as they
    are compressed."""
    before, of_job = len(running.stored.rejected()), job.processes()
    junk = [b'{"pad":"' + b"x" * LARGE_BYTES + b'"}'] * 1_200
    mixed = [record for number in range(150) for record in (junk[0], large_post(number))]
    peak = Peak(of_job)

    for records in (junk, mixed):
        send_compressed(running, records)
    with peak.watched():
        running.wait_until_drained(job)

    running.sent.extend(mixed[1::2])
    assert running.differences() == []
    assert len(running.stored.rejected()) == before + len(junk) + len(mixed) // 2
    assert peak.jvm_bytes < HEAP_BYTES + REST_OF_JVM_BYTES
    assert job.errors() == []


def large_post(number: int) -> bytes:
    return post(
        id=f"large-{number}", text="x" * LARGE_BYTES, entities={"hashtags": [{"tag": "large"}]}
    )


def send_compressed(pipeline: Pipeline, payloads: list[bytes]) -> None:
    producer = KafkaProducer(
        bootstrap_servers=pipeline.kafka.bootstrap,
        acks="all",
        compression_type="lz4",
        linger_ms=5,
        max_request_size=2**21,
    )
    try:
        for number, payload in enumerate(payloads):
            producer.send("posts", value=payload, headers=SOURCE_X, partition=number // 2 % 2)
        producer.flush(120)
    finally:
        producer.close()


class Peak:
    """The most memory that the JVM of a job had while it was watched."""

    def __init__(self, processes: list[int]) -> None:
        (self._jvm,) = (
            psutil.Process(pid) for pid in processes if psutil.Process(pid).name() == "java"
        )
        self.jvm_bytes = 0

    @contextmanager
    def watched(self) -> Iterator[None]:
        ended = threading.Event()
        watching = threading.Thread(target=self._watch, args=(ended,))
        watching.start()
        try:
            yield
        finally:
            ended.set()
            watching.join()

    def _watch(self, ended: threading.Event) -> None:
        while not ended.wait(0.1) and self._jvm.is_running():
            with suppress(psutil.NoSuchProcess):
                self.jvm_bytes = max(self.jvm_bytes, self._jvm.memory_info().rss)


def test_what_is_odd_about_a_post_is_counted_by_kind_and_costs_no_post(
    running: Pipeline, job: PostsJob
) -> None:
    before, rejected = odd_records(running), running.stored.rejected()
    odd = [*ODDITIES, *NOTICES]

    running.send([(payload, SOURCE_X) for _, payload in odd])
    running.wait_until_drained(job)

    assert running.stored.rejected() == rejected
    ids = {
        post_id
        for (post_id,) in running.stored.rows(
            "SELECT post_id FROM {db}.posts WHERE post_id LIKE 'odd-_%'"
        )
    }
    assert {f"odd-{number}" for number in range(1, len(ODDITIES) + 1)} <= ids
    assert odd_records(running) - before == Counter(kind for kind, _ in odd)
    assert running.stored.rows("SELECT nb_hashtags FROM {db}.posts WHERE post_id = 'odd-8'") == [
        (100,)
    ]


def odd_records(running: Pipeline) -> Counter[str]:
    """By kind, how many records were odd so far."""
    found = running.stored.rows("SELECT kind, SUM(records) FROM {db}.oddity_minutes GROUP BY kind")
    return Counter({kind: int(records) for kind, records in found})


def test_nobody_else_on_the_machine_may_call_what_spark_calls(
    running: Pipeline, job: PostsJob
) -> None:
    """py4j's server in the driver, asked for the first batch function: each port on which the
    driver listens."""
    driver = min(job.processes())
    ports = [
        found.laddr.port
        for found in psutil.Process(driver).net_connections("tcp")
        if found.status == "LISTEN"
    ]

    answers = [ask(port, b"c\np0\n__repr__\ne\n") for port in ports]

    assert ports != []
    assert [answer for answer in answers if answer] == []
    assert job.is_running()


def ask(port: int, question: bytes) -> bytes:
    """What comes back within a second; nothing where the connection is closed."""
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection, suppress(OSError):
        connection.sendall(question)
        return connection.recv(1_000)
    return b""


def test_after_all_that_the_job_runs_without_a_complaint_and_has_counted_every_record(
    running: Pipeline, job: PostsJob
) -> None:
    records = sum(running.end_offsets(OF_POSTS).values())

    assert running.stored.records_counted() == (records, len(running.stored.rejected()))
    assert job.errors() == ["ERROR py4j.clientserver Could not authenticate connection."]


def post(**fields: Any) -> bytes:
    """A post that is as it should be, but for `fields` of its data or its author."""
    data = {"id": "1", "author_id": "77", "created_at": "2026-05-06T07:08:09.123Z"}
    author = {
        "id": "77",
        "username": "junk",
        "name": "Junk",
        "public_metrics": {"following_count": 1},
    }
    data |= {name: value for name, value in fields.items() if name not in author or name == "id"}
    author |= {name: value for name, value in fields.items() if name in author and name != "id"}
    return json.dumps({"data": data, "includes": {"users": [author]}}).encode()


def v1(**fields: Any) -> bytes:
    return json.dumps(
        {"id": 5, "text": "", "created_at": "Wed May 06 07:08:09 +0000 2026", **fields}
    ).encode()


BROKEN = (
    b"",
    b"not json",
    b"\x00\x01\x02",
    post()[:-1],
    post() + post(),
    post() + b"\x00",
    b"\xef\xbb\xbf" + post(),
    post().decode().encode("utf-16"),
    post(name="?").replace(b"?", b"\xff"),
    post(name="?").replace(b"?", b"\xed\xa0\x80"),
    post().replace(b'"77"', b"NaN"),
    b"[" * 100_000,
    b'{"data":' * 10_000,
    b"x" * 900_000,
    os.urandom(900_000),
)
NO_POSTS = (
    b"{}",
    b"[]",
    b"null",
    b"17",
    b'"post"',
    b'{"data":null}',
    b'{"data":[]}',
    b'{"pad":"' + b"x" * 890_000 + b'"}',
)
BAD_POSTS = (
    ("no_id", post(id=None)),
    ("no_id", post(id="")),
    ("no_id", post(id=1.5)),
    ("no_id", v1(id=None)),
    ("bad_field", post(id=["1"])),
    ("no_created_at", post(created_at=None)),
    ("no_created_at", v1(created_at=None)),
    ("bad_created_at", post(created_at="yesterday")),
    ("bad_created_at", post(created_at="1969-12-31T23:59:59.999Z")),
    ("bad_created_at", post(created_at="9999-12-31T23:59:59.999-01:00")),
    ("bad_created_at", post(created_at="2026-02-30T00:00:00Z")),
    ("bad_created_at", v1(created_at="Sat Mar")),
    ("bad_created_at", v1(created_at=None, timestamp_ms="9" * 5000)),
    ("too_long", post(id="1" * 256)),
    ("too_long", post(id=10**300)),
)
ODDITIES = (
    ("bad_type", post(id="odd-1", lang=5)),
    ("bad_type", post(id="odd-2", entities="none")),
    ("bad_type", post(id="odd-3", entities={"hashtags": [{"tag": 5}]})),
    ("bad_type", v1(id="odd-4", user=[])),
    ("bad_hashtag", post(id="odd-5", entities={"hashtags": [{"tag": "a\x1fb"}]})),
    ("bad_hashtag", post(id="odd-6", entities={"hashtags": [{"tag": "ok"}, {"tag": "t" * 256}]})),
    ("bad_hashtag", post(id="odd-7", entities={"hashtags": [{"tag": "\ufb03" * 100}]})),
    (
        "many_hashtags",
        post(
            id="odd-8", entities={"hashtags": [{"tag": f"t{number}"} for number in range(30_000)]}
        ),
    ),
    ("bad_count", post(id="odd-9", public_metrics={"following_count": -1})),
    ("bad_count", post(id="odd-10", public_metrics={"following_count": 2**63})),
    ("bad_count", post(id="odd-11", public_metrics={"followers_count": 1.5})),
    ("too_long", post(id="odd-12", author_id="1" * 256)),
    ("too_long", post(id="odd-13", username="u" * 256)),
    ("too_long", post(id="odd-14", name="n" * 256)),
    ("too_long", post(id="odd-15", lang="x" * 36)),
    ("lone_surrogate", post(id="odd-16", name="\ud800")),
    ("future_date", post(id="odd-17", created_at="9999-12-31T23:59:59.999Z")),
)
NOTICES = (
    ("notice_errors", b'{"errors":[{"title":"operational-disconnect"}]}'),
    ("notice_limit", b'{"limit":{"track":1234,"timestamp_ms":"1520690595660"}}'),
    (
        "notice_status_withheld",
        b'{"status_withheld":{"id":1,"user_id":2,"withheld_in_countries":["DE"]}}',
    ),
)
NO_SOURCES = (b"myspace", b"X", b"\xff\xff", b"x" * 300, b"x\x00", "\u00fc".encode())
ODD_POSTS = (
    post(id="nul\x00id"),
    post(id="2", name="nul\x00name", username="nul\x00", author_id="nul"),
    post(
        id="quotes '\"\\` -- ; {} %s ?",
        username="'; DROP TABLE posts; --",
        entities={"hashtags": [{"tag": "a'\"\\"}]},
    ),
    post(
        id="3",
        entities={
            "hashtags": [
                {"tag": "nul\x00"},
                {"tag": "nul\x00"},
                {"tag": " "},
                {"tag": "\U0001f600"},
            ]
        },
    ),
    post(id="4", entities={"hashtags": [{"tag": "t" * 255}] * 100}),
    post(
        id="44", entities={"hashtags": [{"tag": "\U00010400" * 127}, {"tag": "\U0001e922"}] * 150}
    ),
    post(id="5", text="x" * 890_000),
    post(
        id="6",
        public_metrics={"following_count": 2**63 - 1, "followers_count": 0},
    ),
    post(id="7", created_at="1970-01-01T00:00:00Z"),
    post(id="8", created_at="2026-05-06T23:30:00+14:00"),
    post(id="9", created_at="2026-05-06T07:08:09.999999Z"),
    post(id=" case "),
    post(id=" CASE "),
    post(id="\u00c5"),
    post(id="A\u030a"),
    post(id=str(10**18)),
    post(id=10**18 + 1),
    v1(id=10**18 + 2, user=None),
    v1(id=10**18 + 3, created_at="Wed May 06 07:08:09 -0330 2026"),
)
