"""A stand-in for whoever answers with far more than was asked for, or sends us elsewhere.

with Flood(packed=True) as server:
    ...  # each GET is answered with 100 MB of blanks that came as 100 KB
"""

import zlib
from collections.abc import Mapping
from functools import cache

from stand_ins.http_server import Handler, Server, Service

SIZE_BYTES = 100 << 20
_PIECE = b" " * (256 << 10)


@cache
def _packed() -> bytes:
    packer = zlib.compressobj(wbits=31)
    pieces = [packer.compress(_PIECE) for _ in range(SIZE_BYTES // len(_PIECE))]
    return b"".join(pieces) + packer.flush()


class Flood(Service):
    """Answers each request with `head`, the flood and `tail`; the paths of `answers` as they say
    instead."""

    def __init__(
        self,
        *,
        status: int = 200,
        packed: bool = False,
        head: bytes = b"",
        tail: bytes = b"",
        headers: Mapping[str, str] | None = None,
        answers: Mapping[str, bytes] | None = None,
        size_bytes: int = SIZE_BYTES,
    ) -> None:
        super().__init__(_Handler)
        self.status, self.packed, self.head, self.tail, self.size_bytes = (
            status,
            packed,
            head,
            tail,
            size_bytes,
        )
        self.headers = dict(headers or {})
        self.answers = dict(answers or {})
        self.asked: list[str] = []
        """The path of each request."""


class _Handler(Handler):
    server: Server[Flood]

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.do_GET()

    def do_GET(self) -> None:
        flood, path = self.server.service, self.path.partition("?")[0]
        flood.asked.append(path)
        try:
            if path in flood.answers:
                self._begin(200, {"Content-Length": str(len(flood.answers[path]))})
                self.wfile.write(flood.answers[path])
            else:
                self._flood(flood)
        except OSError:
            self.close_connection = True  # the client has had enough

    def _flood(self, flood: Flood) -> None:
        packed = {"Content-Encoding": "gzip"} if flood.packed else {}
        self._begin(flood.status, {"Transfer-Encoding": "chunked", **packed, **flood.headers})
        if flood.packed:
            self._send(_packed())
        else:
            self._send(flood.head)
            for _ in range(flood.size_bytes // len(_PIECE)):
                self._send(_PIECE)
            self._send(flood.tail)
        self.wfile.write(b"0\r\n\r\n")

    def _begin(self, status: int, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def _send(self, content: bytes) -> None:
        if content:
            self.wfile.write(b"%x\r\n%b\r\n" % (len(content), content))
