"""A stand-in for a Mastodon instance: its stream and its timelines, over real HTTP, misbehaving on
demand.

with MastodonInstance(posts, script=[[Posts(3), Cut()], Refuse(503)]) as instance:
    ...  # a client of instance.url with instance.token gets three posts and a cut, then 503,
    ...  # then all the rest
"""

import json
import select
import socket
import threading
import time
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

from stand_ins.http_server import Handler, Server, Service
from stand_ins.mastodon_script import Action, Connection, Cut, Hold, Posts, Refuse, Say, Unsent

INSTANCE = "/api/v2/instance"
STREAMING = "/api/v1/streaming/"
TIMELINES = "/api/v1/timelines/"
_LARGEST_PAGE = 40


class MastodonInstance(Service):
    """Writes each post once, in the order given, and keeps it: its timelines show what was written
    so far.

    Each stream does what the next entry of `script` says; after the last it writes all that is
    left, and is held open. Each page is refused as the next entry of `page_refusals` says, or not,
    where that is None.
    """

    def __init__(
        self,
        posts: Iterable[bytes] = (),
        *,
        script: Iterable[Connection] = (),
        page_refusals: Iterable[Refuse | None] = (),
        written: Iterable[bytes] = (),
        token: str = "a-token",
        heartbeat_s: float = 0.2,
        configuration: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(_Handler)
        self.token = token
        self.requests: list[tuple[str, dict[str, str]]] = []
        """Path and query of each request that had the token."""
        self.connected_at_s: list[float] = []
        self.heartbeat_s = heartbeat_s
        self.open_streams = 0
        self._lock = threading.Lock()
        self._written = list(written)
        self._posts = iter(posts)
        self._script = iter(script)
        self._page_refusals = iter(page_refusals)
        self.configuration = configuration

    def told(self) -> Refuse | dict[str, Any]:
        """What /api/v2/instance answers."""
        if self.configuration is None:
            return Refuse(404)
        return {"domain": "made.up", "configuration": self.configuration}

    def next_connection(self) -> Connection:
        with self._lock:
            self.connected_at_s.append(time.monotonic())
            everything: Connection = [Posts(), Hold()]
            return next(self._script, everything)

    def next_page_refusal(self) -> Refuse | None:
        with self._lock:
            return next(self._page_refusals, None)

    def write(self, count: int | None) -> Iterator[bytes]:
        """The next posts, each in the timelines before it is given."""
        taken = 0
        while (count is None or taken < count) and not self.stopping.is_set():
            with self._lock:
                post = next(self._posts, None)
                if post is None:
                    return
                self._written.append(post)
            yield post
            taken += 1

    def written(self) -> list[bytes]:
        """All posts so far."""
        with self._lock:
            return list(self._written)

    def page(self, query: dict[str, str]) -> bytes:
        """As Mastodon pages: newest first; with min_id those right after it, else the newest there
        are."""
        limit = min(int(query.get("limit", "20")), _LARGEST_PAGE)
        posts = sorted(self.written(), key=_number)
        if "min_id" in query:
            posts = [post for post in posts if _number(post) > int(query["min_id"])][:limit]
        return b"[" + b",".join(reversed(posts[-limit:])) + b"]"

    def pages_asked(self) -> int:
        """How many pages that go on from an id."""
        return sum("min_id" in query for _, query in self.requests)


class _Handler(Handler):
    server: Server[MastodonInstance]

    def do_GET(self) -> None:
        instance = self.server.service
        url = urlsplit(self.path)
        if self.headers["Authorization"] != f"Bearer {instance.token}":
            # The real one does not say it back. Ours does, so that tests see whether a client would
            # print it.
            self._refuse(Refuse(401, {"error": f"not good: {self.headers['Authorization']}"}))
            return
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        instance.requests.append((url.path, query))
        if url.path == INSTANCE:
            told = instance.told()
            self._refuse(told) if isinstance(told, Refuse) else self._answer(
                200, json.dumps(told).encode()
            )
        elif url.path.startswith(STREAMING):
            self._stream()
        elif url.path.startswith(TIMELINES):
            refusal = instance.next_page_refusal()
            self._refuse(refusal) if refusal else self._answer(200, instance.page(query))
        else:
            self._refuse(Refuse(404))

    def _refuse(self, refusal: Refuse) -> None:
        self._answer(refusal.status, json.dumps(refusal.body).encode(), refusal.headers)

    def _answer(self, status: int, content: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        kind = {"Content-Type": "application/json; charset=utf-8"} | (headers or {})
        for name, value in kind.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _stream(self) -> None:
        instance = self.server.service
        connection = instance.next_connection()
        if isinstance(connection, Refuse):
            self._refuse(connection)
            return
        instance.open_streams += 1
        try:
            self._play(connection)
        except OSError:
            self.close_connection = True  # the client has gone
        finally:
            instance.open_streams -= 1

    def _play(self, actions: Iterable[Action]) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Cache-Control", "no-store")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self._send(b":)\n")
        for action in actions:
            self._do(action)
            if isinstance(action, Cut):
                return
        self.wfile.write(b"0\r\n\r\n")

    def _do(self, action: Action) -> None:
        match action:
            case Posts(count):
                for post in self.server.service.write(count):
                    self._send_frame("update", post)
            case Unsent(count):
                list(self.server.service.write(count))
            case Say(event, data):
                self._send_frame(event, data)
            case Cut():
                self.wfile.write(b'400\r\nevent: update\ndata: {"id":"')
                self.connection.shutdown(socket.SHUT_RDWR)
                self.close_connection = True
            case Hold(silent, for_s):
                self._hold(silent, time.monotonic() + for_s)

    def _hold(self, silent: bool, until_s: float) -> None:
        instance = self.server.service
        while not instance.stopping.is_set() and time.monotonic() < until_s:
            from_client, _, _ = select.select([self.connection], [], [], instance.heartbeat_s)
            if from_client and not self.connection.recv(1, socket.MSG_PEEK):
                return  # it has gone
            if not silent:
                self._send(b":thump\n")

    def _send_frame(self, event: str, data: bytes) -> None:
        self._send(b"event: %b\ndata: %b\n\n" % (event.encode(), data))

    def _send(self, content: bytes) -> None:
        self.wfile.write(b"%x\r\n%b\r\n" % (len(content), content))


def _number(post: bytes) -> int:
    found = json.loads(post)
    return int(found["id"]) if isinstance(found, dict) else 0
