"""A stand-in for Bluesky: Jetstream's v1 wire over a real WebSocket and getProfiles over HTTP,
misbehaving on demand.

firehose = Firehose(messages)
with Jetstream(firehose, script=[Refuse(503), [Messages(3), Cut()]]) as host:
    ...  # a client of host.url gets 503, then three messages and a cut, then all the rest
"""

import json
import socket
import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.sync.server import Server, ServerConnection, serve

PROFILES = "/xrpc/app.bsky.actor.getProfiles"


@dataclass(frozen=True)
class Refuse:
    """Answer the connection with this status."""

    status: int
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Messages:
    """Send the next `count` messages; None sends all that are left."""

    count: int | None = None


@dataclass(frozen=True)
class Miss:
    """So many messages are made in the world, and this connection sends none of them."""

    count: int


@dataclass(frozen=True)
class Say:
    """Send a message that is none of the world's."""

    payload: bytes


@dataclass(frozen=True)
class Close:
    """Close, as a server does that wants to be rid of us."""


@dataclass(frozen=True)
class Cut:
    """Break the connection in the middle of a message."""


@dataclass(frozen=True)
class Hold:
    """Send nothing but pings until the client goes, or for so long."""

    for_s: float | None = None


@dataclass(frozen=True)
class GoDumb:
    """From now on nothing is sent any more, not even a pong, as by a host that has lost its
    power."""


Action = Messages | Miss | Say | Close | Cut | Hold | GoDumb
Connection = Refuse | Iterable[Action]


class Firehose:
    """All messages of the world, in the order in which they are made; hosts share it."""

    def __init__(self, messages: Iterable[bytes]) -> None:
        self._messages = list(messages)
        self._times_us = [int(json.loads(message)["time_us"]) for message in self._messages]
        self.made = 0
        """How many of them there are so far."""

    def since(self, cursor_us: int | None, oldest_us: int) -> Iterator[bytes]:
        """As the real one: what there is from a time on, in the order of times, then what is made,
        as it is made."""
        if cursor_us is not None:
            from_us = max(cursor_us, oldest_us)
            past = sorted(
                (time_us, at)
                for at, time_us in enumerate(self._times_us[: self.made])
                if time_us >= from_us
            )
            for _, at in past:
                yield self._messages[at]
        while self.made < len(self._messages):
            self.made += 1
            yield self._messages[self.made - 1]


class Jetstream:
    """One host. Each connection does what the next entry of `script` says; after the last, a
    connection sends what is left and is held open."""

    def __init__(
        self,
        firehose: Firehose,
        *,
        script: Iterable[Connection] = (),
        oldest_us: int = 0,
        people: Mapping[str, bytes] | None = None,
        profile_answers: Iterable[int | bytes] = (),
    ) -> None:
        self.oldest_us = oldest_us
        self.people = dict(people or {})
        """Profiles by did, as they are answered."""
        self.asked: list[dict[str, list[str]]] = []
        """The query of each connection."""
        self.looked_up: list[list[str]] = []
        """The dids of each call."""
        self._firehose = firehose
        self._script = iter(script)
        self._profile_answers = iter(profile_answers)
        self._played: dict[UUID, tuple[int | None, Iterable[Action]]] = {}
        self._server: Server = serve(
            self._play,
            "127.0.0.1",
            0,
            process_request=self._answer,
            ping_interval=0.1,
            close_timeout=0.2,
        )
        port = self._server.socket.getsockname()[1]
        self.url = f"ws://127.0.0.1:{port}"
        self.http_url = f"http://127.0.0.1:{port}"

    def __enter__(self) -> "Jetstream":
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._server.shutdown()

    def cursors(self) -> list[int | None]:
        """What each connection asked to go on from."""
        return [int(query["cursor"][0]) if "cursor" in query else None for query in self.asked]

    def _answer(self, connection: ServerConnection, request: Request) -> Response | None:
        url = urlsplit(request.path)
        if url.path == PROFILES:
            return self._profiles(parse_qs(url.query)["actors"])
        if url.path != "/subscribe":
            return _response(404)
        self.asked.append(parse_qs(url.query))
        everything: Connection = [Messages(), Hold()]
        actions = next(self._script, everything)
        if isinstance(actions, Refuse):
            return _response(actions.status, actions.body.encode(), actions.headers)
        self._played[connection.id] = self.cursors()[-1], actions
        return None

    def _profiles(self, dids: list[str]) -> Response:
        self.looked_up.append(dids)
        if isinstance(answer := next(self._profile_answers, None), int):
            return _response(answer)
        if answer is not None:
            return _response(200, answer)
        profiles = b",".join(self.people[did] for did in dids if did in self.people)
        return _response(
            200, b'{"profiles":[' + profiles + b"]}", {"Content-Type": "application/json"}
        )

    def _play(self, connection: ServerConnection) -> None:
        cursor_us, actions = self._played.pop(connection.id)
        messages = self._firehose.since(cursor_us, self.oldest_us)
        try:
            for action in actions:
                self._do(action, connection, messages)
        except (ConnectionClosed, OSError):
            pass  # the client has gone, or we have cut it off

    def _do(self, action: Action, connection: ServerConnection, messages: Iterator[bytes]) -> None:
        match action:
            case Messages(None):
                for message in messages:
                    connection.send(message, text=True)
            case Messages(int() as count):
                for _ in range(count):
                    connection.send(next(messages), text=True)
            case Miss(count):
                self._firehose.made += count
            case Say(payload):
                connection.send(payload, text=True)
            case Close():
                connection.close()
            case Cut():
                connection.socket.sendall(b'\x81\x7e\x04\x00{"did":"did:plc:')
                connection.socket.shutdown(socket.SHUT_RDWR)
            case GoDumb():
                connection.protocol.send_frame = lambda frame: None  # type: ignore[method-assign]
            case Hold(for_s):
                self._hold(connection, for_s)

    def _hold(self, connection: ServerConnection, for_s: float | None) -> None:
        try:
            connection.recv(
                timeout=for_s
            )  # a client sends nothing, so that this ends when it goes, or we do
        except TimeoutError:
            return


def _response(status: int, body: bytes = b"", headers: Mapping[str, str] | None = None) -> Response:
    sent = Headers({"Content-Length": str(len(body)), "Connection": "close"} | dict(headers or {}))
    return Response(status, HTTPStatus(status).phrase, sent, body)
