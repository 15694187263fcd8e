"""A stand-in for Wikimedia's EventStreams: recent changes by server-sent events, misbehaving on
demand.

with EventStreams(changes, script=[Refuse(503), [Changes(3), Missed(2), Cut()]]) as streams:
    ...  # a client of streams.url gets 503, then three changes and a cut, then the two
    ...  # that it missed and the rest
"""

import json
import select
import socket
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

from stand_ins.http_server import Handler, Server, Service
from stand_ins.x_api_script import Close, Cut, Hold

STREAM = "/v2/stream/recentchange"
Payload = bytes | Callable[[int], bytes]
"""What was changed, or what makes it, told when it is changed, in ms."""


@dataclass(frozen=True)
class Refuse:
    """Answer the connection with this status."""

    status: int
    words: str = "no"
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Changes:
    """The next `count` changes are made, and sent as they are; None makes all that are left."""

    count: int | None = None


@dataclass(frozen=True)
class Missed:
    """The next `count` changes are made, and not sent over this connection."""

    count: int


@dataclass(frozen=True)
class Say:
    """Send these bytes, that are no change of the file's."""

    text: bytes


@dataclass(frozen=True)
class Wait:
    """Do nothing for a while, as if the network held its breath."""

    for_s: float


@dataclass(frozen=True)
class Forget:
    """Keep nothing of what was before: whoever asks for it gets what comes, without a word."""


@dataclass(frozen=True)
class GoDumb:
    """From now on the server answers nobody, until the client has gone from here."""


Action = Changes | Missed | Say | Wait | Forget | GoDumb | Close | Cut | Hold
Connection = Refuse | Iterable[Action]


@dataclass(frozen=True)
class Asked:
    """What a client asked for."""

    agent: str
    last_event_id: str | None
    since: str | None
    at_s: float


class EventStreams(Service):
    """Keeps what was changed, and sends it again to who resumes. Each connection does what the next
    entry of `script` says; after the last, it makes all changes that are left and is held open.
    `backwards_ms`: that many earlier than the one before is what every other change says of its
    time, as it happens with many writers."""

    def __init__(
        self,
        changes: Iterable[Payload] = (),
        *,
        script: Iterable[Connection] = (),
        backwards_ms: int = 0,
        port: int = 0,
    ) -> None:
        super().__init__(_Handler, port)
        self.asked: list[Asked] = []
        self.streaming = threading.Lock()
        self.is_dumb = False
        self.knocks = 0
        """How often somebody asked whether the server is there."""
        self.log: list[tuple[int, bytes]] = []
        """(ms, payload) of each change that was made and is kept."""
        self._changes = iter(changes)
        self._made = 0
        self._backwards_ms = backwards_ms
        self._script = iter(script)

    def next_connection(self) -> Connection:
        everything: Connection = [Changes(), Hold(silent=True)]
        return next(self._script, everything)

    def make(self) -> tuple[int, bytes] | None:
        """The next change, which happens now."""
        change = next(self._changes, None)
        if change is None:
            return None
        self._made += 1
        at_ms = time.time_ns() // 1_000_000 - (self._backwards_ms if self._made % 2 == 0 else 0)
        self.log.append((at_ms, change if isinstance(change, bytes) else change(at_ms)))
        return self.log[-1]

    def kept_since(self, asked: Asked) -> list[tuple[int, bytes]]:
        """From the first that is not older than what was asked for, in the order of the log; as the
        real one does."""
        if asked.last_event_id is not None:
            places = json.loads(asked.last_event_id)
            from_ms = max(place["timestamp"] for place in places if "timestamp" in place)
        elif asked.since is not None:
            from_ms = int(datetime.fromisoformat(asked.since).timestamp() * 1000)
        else:
            return []
        first = next(
            (number for number, (at_ms, _) in enumerate(self.log) if at_ms >= from_ms),
            len(self.log),
        )
        return self.log[first:]


class _Handler(Handler):
    server: Server[EventStreams]

    def do_HEAD(self) -> None:
        """As of stream.wikimedia.org, where the page at the top sends readers on to its
        documentation."""
        self.server.service.knocks += 1
        while self.server.service.is_dumb and not self.server.service.stopping.wait(0.05):
            pass
        self.send_response(301)
        self.send_header("Location", "/?doc")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_GET(self) -> None:
        streams, url = self.server.service, urlsplit(self.path)
        since = parse_qs(url.query).get("since", [None])[0]
        asked = Asked(
            self.headers["User-Agent"], self.headers["Last-Event-ID"], since, time.monotonic()
        )
        streams.asked.append(asked)
        if url.path != STREAM:
            self._refuse(Refuse(404))
        elif "(" not in asked.agent:
            self._refuse(Refuse(403, "Please set a user-agent and respect our robot policy"))
        elif not streams.streaming.acquire(blocking=False):
            self._refuse(Refuse(429, "Too Many Concurrent Connections From Your Client IP"))
        else:
            try:
                self._serve(streams.next_connection(), asked)
            except OSError:
                self.close_connection = True  # the client has gone
            finally:
                streams.is_dumb = False
                streams.streaming.release()

    def _serve(self, connection: Connection, asked: Asked) -> None:
        if isinstance(connection, Refuse):
            self._refuse(connection)
            return
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream; charset=utf-8")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self._send(b":ok\n\n")
        for change in self.server.service.kept_since(asked):
            self._send(frame(*change))
        for action in connection:
            self._do(action)
            if isinstance(action, Cut):
                return
        self.wfile.write(b"0\r\n\r\n")

    def _refuse(self, refusal: Refuse) -> None:
        content = refusal.words.encode()
        self.send_response(refusal.status)
        for name, value in ({"Content-Type": "text/html"} | refusal.headers).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _do(self, action: Action) -> None:
        streams = self.server.service
        match action:
            case Changes(count) | Missed(count):
                self._make(count, sent=isinstance(action, Changes))
            case Say(text):
                self._send(text)
            case Wait(for_s):
                streams.stopping.wait(for_s)
            case Forget():
                streams.log.clear()
            case GoDumb():
                streams.is_dumb = True
            case Cut():
                self.wfile.write(b'400\r\nevent: message\ndata: {"meta":')
                self.connection.shutdown(socket.SHUT_RDWR)
                self.close_connection = True
            case Hold(silent, for_s):
                self._hold(silent, time.monotonic() + for_s)

    def _make(self, count: int | None, *, sent: bool) -> None:
        made = 0
        while (count is None or made < count) and not self.server.service.stopping.is_set():
            change = self.server.service.make()
            if change is None:
                return
            if sent:
                self._send(frame(*change))
            made += 1

    def _hold(self, silent: bool, until_s: float) -> None:
        while not self.server.service.stopping.is_set() and time.monotonic() < until_s:
            from_client, _, _ = select.select([self.connection], [], [], 0.05)
            if from_client and not self.connection.recv(1, socket.MSG_PEEK):
                return  # it has gone
            if not silent:
                self._send(b":still here\n\n")

    def _send(self, content: bytes) -> None:
        self.wfile.write(b"%x\r\n%b\r\n" % (len(content), content))


def frame(at_ms: int, payload: bytes) -> bytes:
    """As the real one writes it: the id asks for what comes after, in either of two data
    centres."""
    places = [
        {"topic": "eqiad.mediawiki.recentchange", "partition": 0, "timestamp": at_ms + 1},
        {"topic": "codfw.mediawiki.recentchange", "partition": 0, "offset": -1},
    ]
    return b"event: message\nid: %b\ndata: %b\n\n" % (json.dumps(places).encode(), payload)


def made_up_change(number: int, at_ms: int, **fields: object) -> bytes:
    """A change in the shape of the real ones."""
    at = datetime.fromtimestamp(at_ms / 1000, UTC)
    meta = {
        "id": f"change-{number}",
        "dt": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    }
    change: dict[str, object] = {
        "$schema": "/mediawiki/recentchange/1.0.0",
        "meta": meta | {"domain": "en.wikipedia.org", "stream": "mediawiki.recentchange"},
        "id": number,
        "type": "edit",
        "title": f"Café {number}",
        "timestamp": at_ms // 1000,
        "user": f"Someone {number % 7}",
        "bot": False,
        "wiki": "enwiki",
    }
    return json.dumps(change | fields, ensure_ascii=False).encode()
