"""docs/add-a-source.md, as it is written: its rows, its source and its decoder run."""

import json
import re
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest
import requests
from kafka_records import Record, headers_of, record_batch
from pydantic import TypeAdapter, ValidationError
from staged_rows import in_order
from tracked import Tracked

from producer.clock import SystemClock
from producer.cursor import CursorFile, Position
from producer.run import run
from producer.sources.base import signals
from producer.sources.base import source as base
from producer.transport import http_body, http_errors
from spark_jobs.decode import checks, instants, post, reading, stage_posts
from tidemark.contracts import coverage, events, reasons, sources, topics
from tidemark.errors import SettingsError
from tidemark.settings import Settings, SourceName
from tidemark.settings import sources as settings_of_sources
from tidemark.settings.topics import default_topics
from tidemark.stack.project import FOLDER
from tidemark.stack.topics import kept_topics

BLOCKS = re.findall(
    r"```python\n(.*?)```", (FOLDER / "docs" / "add-a-source.md").read_text(), re.DOTALL
)
ENTRIES = [
    {
        "number": number,
        "name": f"guest{number % 3}",
        "at_ms": 1_772_368_496_000 + number,
        "tags": ["Sea", "kafka"],
    }
    | ({"likes": number} if number % 10 == 0 else {})
    for number in range(1, 31)
]


class Page(BaseHTTPRequestHandler):
    """At most twelve entries at a time."""

    def do_GET(self) -> None:
        after = int(parse_qs(urlsplit(self.path).query)["after"][0])
        page = "\n".join(json.dumps(entry) for entry in ENTRIES[after : after + 12]).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def url() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/entries"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def written() -> dict[str, Any]:
    """What the page defines, with the imports that its files would have."""
    names: dict[str, Any] = {
        "json": json,
        "requests": requests,
        "msgspec": msgspec,
        "__name__": "guestbook",
    }
    for module in (
        base,
        signals,
        http_body,
        http_errors,
        coverage,
        events,
        topics,
        sources,
        reasons,
        post,
        checks,
        instants,
        reading,
        settings_of_sources,
    ):
        names |= {name: value for name, value in vars(module).items() if not name.startswith("__")}
    for block in BLOCKS:
        if block.startswith("SourceSpec"):
            names["spec"] = eval(block, names)
        else:
            exec("from __future__ import annotations\n" + block, names)
    return names


def guestbook(written: dict[str, Any], url: str) -> Any:
    settings = SimpleNamespace(guestbook=written["GuestbookSettings"](url=url))
    return written["Guestbook"].from_settings(settings, SystemClock())


def taken(source: Any, count: int, after: Any = None) -> list[Any]:
    found: list[Any] = []
    tracked = Tracked(source)
    for received in tracked.events(after):
        if isinstance(received, tuple | coverage.Gap):
            found.append(received)
        if len(found) == count:
            break
    tracked.close()
    return found


class Shelf:
    """A publisher in memory; it stops the loop once it has every entry."""

    sent_at = 0

    def __init__(self, stopping: threading.Event) -> None:
        self.published: list[tuple[str, int]] = []
        self._stopping = stopping
        self._position: Position | None = None

    def publish(self, topic: topics.Topic, event: events.Event, position: Position | None) -> None:
        if position is None:
            return
        self.published.append((topic.name, json.loads(event.value)["number"]))
        self._position = position
        if len(self.published) == len(ENTRIES):
            self._stopping.set()

    def acknowledged(self) -> Position | None:
        return self._position

    def flush(self, timeout_s: float) -> None:
        pass


def test_the_source_reports_a_server_that_does_not_answer(written: dict[str, Any]) -> None:
    signal = guestbook(written, "http://127.0.0.1:1/entries").events(None)

    assert isinstance(next(signal), signals.Started)
    assert next(signal).cause is coverage.Cause.CUT


def test_its_source_has_at_most_32_lines_and_all_of_it_65() -> None:
    (source,) = (block for block in BLOCKS if block.startswith("class Guestbook:"))

    assert sum(bool(line.strip()) for line in source.splitlines()) <= 32
    assert sum(bool(line.strip()) for block in BLOCKS for line in block.splitlines()) <= 60


def test_its_row_is_all_that_the_settings_and_the_stack_need_to_know_of_the_source(
    written: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    choice = TypeAdapter(SourceName)
    with pytest.raises(ValidationError, match="'wikimedia'"):
        choice.validate_python("guestbook")
    monkeypatch.setitem(sources.SOURCES, "guestbook", written["spec"])

    assert choice.validate_python("guestbook") == "guestbook"
    assert written["spec"].is_live
    assert "start from now" in base.recovery_hint("guestbook")
    assert written["spec"].addresses == tuple(written["GuestbookSettings"].model_fields)


def test_its_topic_is_made_and_kept_and_has_settings_by_its_row(
    written: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(SettingsError, match="TIDEMARK_TOPICS__LIKES is no setting"):
        Settings(topics={"likes": {"days": 2}})
    monkeypatch.setitem(topics.TOPICS, "likes", written["LIKES"])

    settings = Settings(topics={"likes": {"days": 2}})

    assert settings.topics["likes"].days == 2
    assert "likes" in default_topics()
    (likes,) = (topic for topic in kept_topics(settings.topics) if topic.name == "likes")
    assert (likes.retention_hours, likes.retention_bytes) == (48, 1 << 30)


def test_its_source_gives_every_entry_once_also_when_it_resumes(
    written: dict[str, Any], url: str
) -> None:
    first = taken(guestbook(written, url), 17)
    rest = taken(guestbook(written, url), 13, after=first[-1][1])

    assert [json.loads(event.value) for event, _ in first + rest] == ENTRIES
    assert all(event.key and event.event_id.startswith("guestbook:") for event, _ in first + rest)


def test_each_of_its_events_goes_to_its_topic(
    written: dict[str, Any], url: str, tmp_path: Path
) -> None:
    stopping = threading.Event()
    shelf = Shelf(stopping)

    run(
        guestbook(written, url),
        shelf,
        CursorFile(tmp_path, "guestbook"),
        stopping,
        SystemClock(),
    )

    likes = {10, 20, 30}
    assert shelf.published == [
        ("likes" if number in likes else "posts", number) for number in range(1, 31)
    ]
    assert CursorFile(tmp_path, "guestbook").load().cursor == {"number": 30}


def test_a_guestbook_that_is_away_is_a_gap_and_healed_once_it_has_no_more_to_give(
    written: dict[str, Any], url: str
) -> None:
    hour_ago = time.time_ns() // 1000 - 3_600_000_000

    found = taken(guestbook(written, url), 7, after={"number": 25, "heard_at": hour_ago})

    opened, *events_and_cursors, healed = found
    assert [json.loads(event.value)["number"] for event, _ in events_and_cursors] == [
        *range(26, 31)
    ]
    assert opened == coverage.Gap(hour_ago, coverage.Cause.STOPPED)
    assert (healed.began_at, healed.state, healed.events) == (
        hour_ago,
        coverage.State.HEALED,
        5,
    )


def test_its_decoder_makes_rows_of_the_entries_and_a_reason_of_all_else(
    written: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(stage_posts.DECODERS, "guestbook", written["decode_guestbook"])
    odd = json.dumps(ENTRIES[1] | {"name": 7, "tags": ["Sea", 7]}).encode()
    values = [json.dumps(ENTRIES[0]).encode(), odd, b"[]", b"\xff", b"{}"]
    records = [
        Record(value, at, headers=headers_of("guestbook")) for at, value in enumerate(values)
    ]

    rows = in_order(list(stage_posts.stage_posts(iter([record_batch(records)]))))

    assert [(row["post_id"], row["username"], row["hashtags"], row["reason"]) for row in rows] == [
        ("1", "guest1", "sea\x1fkafka", None),
        ("2", None, "sea", None),
        (None, None, None, "not_a_post"),
        (None, None, None, "not_json"),
        (None, None, None, "no_id"),
    ]
