"""What the stand-ins of HTTP services share: a server in threads, for as long as a `with` lasts."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Generic, Self, TypeVar

ServiceT = TypeVar("ServiceT")


class Server(ThreadingHTTPServer, Generic[ServiceT]):
    """Answers for a service; its threads do not keep a test from ending."""

    daemon_threads = True
    block_on_close = False
    service: ServiceT


class Handler(BaseHTTPRequestHandler):
    """Answers one request, without a word in the test's output."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Server[Any]

    def log_message(self, format: str, *args: object) -> None:
        pass


class Service:
    """Serves from `with` on until it is left; `stopping` tells its handlers."""

    def __init__(self, handler: type[Handler], port: int = 0) -> None:
        self.stopping = threading.Event()
        self._server: Server[Any] = Server(("127.0.0.1", port), handler)
        self._server.service = self
        self.host = f"127.0.0.1:{self._server.server_port}"
        self.url = f"http://{self.host}"

    def __enter__(self) -> Self:
        serve = {"poll_interval": 0.05}
        threading.Thread(target=self._server.serve_forever, kwargs=serve, daemon=True).start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.stopping.set()
        self._server.shutdown()
        self._server.server_close()
