"""A stand-in for the X API: filtered stream and its rules, over real HTTP, misbehaving on demand.

    with XApi(lines, script=[Refuse(503), [Posts(3), Cut()]]) as api:
        ...  # a client of api.url with api.token gets 503, then three posts and a cut, then all
        ...  # the rest

As a program: PYTHONPATH=tests/support python -m stand_ins.x_api FILE... --port 8800 --token secret
"""

import argparse
import gzip
import json
import select
import socket
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from stand_ins.http_server import Handler, Server, Service
from stand_ins.x_api_rules import RuleBook
from stand_ins.x_api_script import Action, Connection, Cut, Hold, KeepAlive, Posts, Refuse, Say

STREAM = "/2/tweets/search/stream"
RULES = "/2/tweets/search/stream/rules"


class XApi(Service):
    """Serves each line once, across connections. Each connection does what the next entry of
    `script` says; after the last, a connection sends what is left and is held open."""

    def __init__(
        self,
        lines: Iterable[bytes] = (),
        *,
        script: Iterable[Connection] = (),
        token: str = "a-token",
        port: int = 0,
        keep_alive_s: float = 0.2,
        with_rules: bool = True,
        split_line_ends: bool = False,
    ) -> None:
        super().__init__(_Handler, port)
        self.token = token
        self.book = RuleBook()
        self.requests: list[tuple[str, str, dict[str, str]]] = []
        """Method, path and query of each request that had the token."""
        self.connected_at_s: list[float] = []
        self.keep_alive_s = keep_alive_s
        self.split_line_ends = split_line_ends
        self.streaming = threading.Lock()
        self._lines = iter(lines)
        self._script = iter(script)
        self._with_rules = with_rules

    def next_connection(self) -> Connection:
        self.connected_at_s.append(time.monotonic())
        everything: Connection = [Posts(), Hold()]
        return next(self._script, everything)

    def next_line(self, expansions: str) -> bytes | None:
        """With those of the posts that it refers to which were asked for."""
        line = next(self._lines, None)
        if (
            line is not None
            and b'"tweets"' in line
            and "referenced_tweets.id" not in expansions.split(",")
        ):
            line = _without_tweets(line)
        if (
            line is None
            or not self._with_rules
            or not line.startswith(b'{"data":')
            or not line.endswith(b"}")
        ):
            return line
        matching = [
            {key: rule[key] for key in ("id", "tag") if key in rule}
            for rule in self.book.rules.values()
        ]
        return (
            line[:-1]
            + b',"matching_rules":'
            + json.dumps(matching, ensure_ascii=False).encode()
            + b"}"
        )


def _without_tweets(line: bytes) -> bytes:
    document = json.loads(line)
    document.get("includes", {}).pop("tweets", None)
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


class _Handler(Handler):
    server: Server[XApi]

    def do_GET(self) -> None:
        with self._authorized() as path:
            if path == RULES:
                self._answer(200, self.server.service.book.listed())
            elif path == STREAM:
                self._stream()
            elif path is not None:
                self._answer(404, {"title": "Not Found"})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with self._authorized() as path:
            if path == RULES:
                self._answer(*self.server.service.book.changed(body))
            elif path is not None:
                self._answer(404, {"title": "Not Found"})

    @contextmanager
    def _authorized(self) -> Iterator[str | None]:
        url = urlsplit(self.path)
        if self.headers["Authorization"] != f"Bearer {self.server.service.token}":
            # The real one does not say it back. Ours does, so that tests see whether a client would
            # print it.
            self._answer(
                401,
                {"title": "Unauthorized", "detail": f"not good: {self.headers['Authorization']}"},
            )
            yield None
            return
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        self.server.service.requests.append((self.command, url.path, query))
        yield url.path

    def _answer(self, status: int, body: dict[str, Any]) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _stream(self) -> None:
        api = self.server.service
        if not api.streaming.acquire(blocking=False):
            self._answer(
                429, {"title": "ConnectionException", "connection_issue": "TooManyConnections"}
            )
            return
        try:
            connection = api.next_connection()
            if isinstance(connection, Refuse):
                self._answer(connection.status, connection.body)
            elif not api.book.rules:
                self._answer(
                    409,
                    {"title": "ConnectionException", "connection_issue": "RuleConfigurationIssue"},
                )
            else:
                self._play(connection)
        except OSError:
            self.close_connection = True  # the client has gone
        finally:
            api.streaming.release()

    def _play(self, actions: Sequence[Action]) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for action in actions:
            self._do(action)
            if isinstance(action, Cut):
                return
        self.wfile.write(b"0\r\n\r\n")

    def _do(self, action: Action) -> None:
        api = self.server.service
        match action:
            case Posts(count):
                expansions = parse_qs(urlsplit(self.path).query).get("expansions", [""])[0]
                for line in _taken(api, count, expansions):
                    self._send_line(line)
            case Say(line):
                self._send_line(line)
            case KeepAlive():
                self._send(b"\r\n")
            case Cut():
                self.wfile.write(b'400\r\n{"data":{"id":"')
                self.connection.shutdown(socket.SHUT_RDWR)
                self.close_connection = True
            case Hold(silent, for_s):
                self._hold(silent, time.monotonic() + for_s)

    def _hold(self, silent: bool, until_s: float) -> None:
        keep_alive_s = self.server.service.keep_alive_s
        while not self.server.service.stopping.is_set() and time.monotonic() < until_s:
            from_client, _, _ = select.select([self.connection], [], [], keep_alive_s)
            if from_client and not self.connection.recv(1, socket.MSG_PEEK):
                return  # it has gone
            if not silent:
                self._send(b"\r\n")

    def _send_line(self, line: bytes) -> None:
        if self.server.service.split_line_ends:
            for part in (line + b"\r", b"\n"):
                self._send(part)
        else:
            self._send(line + b"\r\n")

    def _send(self, content: bytes) -> None:
        self.wfile.write(b"%x\r\n%b\r\n" % (len(content), content))


def _taken(api: XApi, count: int | None, expansions: str) -> Iterator[bytes]:
    taken = 0
    while (count is None or taken < count) and not api.stopping.is_set():
        line = api.next_line(expansions)
        if line is None:
            return
        yield line
        taken += 1


def lines_of(path: Path) -> Iterator[bytes]:
    """Lines of a file, plain or .gz, without their ends."""
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
        for line in file:
            yield line.rstrip(b"\r\n")


def main() -> None:
    parser = argparse.ArgumentParser(
        description="A stand-in for X's filtered stream, serving JSON lines."
    )
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--token", default="a-token")
    options = parser.parse_args()
    lines = (line for path in options.files for line in lines_of(path))
    with XApi(lines, port=options.port, token=options.token, keep_alive_s=15) as api:
        print(f"listening on {api.url}", flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    main()
