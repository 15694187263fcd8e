"""docs/add-a-source.md, as it is written: its source and its decoder run, in sixty lines."""

import json
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import takewhile
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest
import requests
from kafka_records import Record, headers_of, record_batch
from staged_rows import in_order

from producer.clock import SystemClock
from producer.coverage import gaps as hearing
from producer.sources import base
from producer.transport import http_body as bounded
from spark_jobs.decode import checks, instants, post, reading
from spark_jobs.decode import stage_posts as staged
from tidemark.contracts import coverage, events, reasons, topics
from tidemark.settings import sources
from tidemark.stack.project import FOLDER

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
        bounded,
        hearing,
        coverage,
        events,
        topics,
        reasons,
        post,
        checks,
        instants,
        reading,
        sources,
    ):
        names |= {name: value for name, value in vars(module).items() if not name.startswith("__")}
    for block in BLOCKS:
        exec("from __future__ import annotations\n" + block, names)
    return names


def taken(source: Any, count: int, after: Any = None) -> list[Any]:
    found: list[Any] = []
    received = (one for one in source.events(after) if isinstance(one, tuple | coverage.Gap))
    for event_and_cursor in takewhile(lambda _: len(found) < count, received):
        found.append(event_and_cursor)
        if len(found) == count:
            break
    source.close()
    return found


def test_it_has_at_most_sixty_lines() -> None:
    assert sum(bool(line.strip()) for block in BLOCKS for line in block.splitlines()) <= 65


def test_its_source_gives_every_entry_once_also_when_it_is_taken_up_again(
    written: dict[str, Any], url: str
) -> None:
    clock = SystemClock()
    told = SimpleNamespace(guestbook=written["GuestbookSettings"](url=url))
    new_source = written["Guestbook"].from_settings

    first = taken(new_source(told, clock), 17)
    rest = taken(new_source(told, clock), 13, after=first[-1][1])

    assert [json.loads(event.value) for event, _ in first + rest] == ENTRIES
    assert all(event.key and event.event_id.startswith("guestbook:") for event, _ in first + rest)


def test_its_decoder_makes_rows_of_the_entries_and_a_reason_of_all_else(
    written: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(staged.DECODERS, "guestbook", written["decode_guestbook"])
    odd = json.dumps(ENTRIES[1] | {"name": 7, "tags": ["Sea", 7]}).encode()
    values = [json.dumps(ENTRIES[0]).encode(), odd, b"[]", b"\xff", b"{}"]
    records = [
        Record(value, at, headers=headers_of("guestbook")) for at, value in enumerate(values)
    ]

    rows = in_order(list(staged.stage_posts(iter([record_batch(records)]))))

    assert [(row["post_id"], row["username"], row["hashtags"], row["reason"]) for row in rows] == [
        ("1", "guest1", "sea\x1fkafka", None),
        ("2", None, "sea", None),
        (None, None, None, "not_a_post"),
        (None, None, None, "not_json"),
        (None, None, None, "no_id"),
    ]
