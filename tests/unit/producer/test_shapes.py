import base64
import gzip
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from producer.sources.replay.shapes import Shape, shape_of, written_at_us

DATA = Path("../shared/data")


def test_a_v2_post_tells_its_id_its_author_and_when() -> None:
    payload = b'{"data":{"id":"17","author_id":"5","created_at":"2026-11-21T10:00:00.250Z"},"includes":{}}'

    shape = shape_of(payload)

    assert (shape.source, shape.event_id, shape.key) == ("x", "x:17", b"5")
    assert written_at_us(shape) == 1_795_255_200_250_000


def test_a_v1_post_tells_by_its_text_ids_and_by_its_milliseconds() -> None:
    payload = (
        b'{"id":17000000000000001,"id_str":"17","created_at":"Sat Nov 21 10:00:00 +0000 2026",'
        b'"timestamp_ms":"1795255200657","user":{"id":5000000000000001,"id_str":"5"}}'
    )

    shape = shape_of(payload)

    assert (shape.source, shape.event_id, shape.key) == ("x", "x:17", b"5")
    assert written_at_us(shape) == 1_795_255_200_657_000


def test_a_v1_post_without_milliseconds_tells_by_its_english_date() -> None:
    shape = shape_of(b'{"id_str":"17","created_at":"Sat Nov 21 10:00:00 +0000 2026"}')

    assert written_at_us(shape) == 1_795_255_200_000_000


def test_ids_that_are_numbers_are_taken_as_text() -> None:
    shape = shape_of(b'{"data":{"id":17,"author_id":5}}')

    assert (shape.event_id, shape.key) == ("x:17", b"5")


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"not json",
        b'{"data":{"id":"17","author_id":"5"',
        b"[1,2]",
        b"null",
        b'{"data":[]}',
        b'{"data":{"id":{"a":1}}}',
        b'{"errors":[{"title":"operational-disconnect"}]}',
        b'{"data":{}}',
        b'{"data":{"id":"","author_id":null}}',
        b'{"data":{"id":"\xff"}}',
        b'{"data":{"id":"\\ud800"}}',
        b'{"id":' + b"9" * 5000 + b"}",
        b'{"id_str":"' + b"9" * 256 + b'"}',
        b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    ],
    ids=lambda payload: repr(payload[:32]),
)
def test_what_does_not_tell_is_of_x_without_id_or_author(payload: bytes) -> None:
    shape = shape_of(payload)

    assert (shape.source, shape.event_id, shape.key) == ("x", None, None)


@pytest.mark.parametrize(
    "written",
    [
        None,
        "",
        "soon",
        "Sat Nov 41 10:00:00 +0000 2026",
        "Sat Non 21 10:00:00 +0000 2026",
        "2026-13-01",
        "9" * 30,
    ],
)
def test_a_time_that_is_none_is_unknown(written: str | None) -> None:
    assert written_at_us(Shape(written=written)) is None


def test_a_time_without_a_zone_is_utc() -> None:
    assert written_at_us(Shape(written="2026-11-21T10:00:00")) == 1_795_255_200_000_000


@pytest.mark.skipif(not DATA.is_dir(), reason="the recorded payloads are not on this machine")
@pytest.mark.parametrize("name", ["x_v2", "x_v1_stream", "x_v1_search"])
def test_recorded_posts_tell_what_a_plain_reading_finds(name: str) -> None:
    for line in gzip.decompress((DATA / f"{name}.jsonl.gz").read_bytes()).splitlines():
        document = json.loads(line)
        post = document.get("data", document)
        author_id = post.get("author_id") or post.get("user", {}).get("id_str")

        shape = shape_of(line)

        assert shape.event_id == f"x:{post.get('id_str') or post['id']}"
        assert shape.key == (author_id.encode() if author_id else None)
        format_ = "%Y-%m-%dT%H:%M:%S.%f%z" if "data" in document else "%a %b %d %H:%M:%S %z %Y"
        moment = datetime.strptime(post["created_at"], format_).astimezone(UTC)
        assert written_at_us(shape) is not None
        assert abs((written_at_us(shape) or 0) / 1e6 - moment.timestamp()) < 1


@pytest.mark.skipif(not DATA.is_dir(), reason="the recorded payloads are not on this machine")
def test_no_hostile_payload_raises() -> None:
    for line in gzip.decompress((DATA / "hostile_json.jsonl.gz").read_bytes()).splitlines():
        shape = shape_of(base64.b64decode(json.loads(line)["base64"]))

        assert shape.source == "x"
