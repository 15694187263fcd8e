"""The worker of gunicorn that reads requests beside the threads that answer them.

gunicorn's own threads read what they answer, without end: sixteen requests of which half was sent
are all of them. Waitress reads whole requests, of any number of connections, in one thread.
"""

import logging
import os
import re
import time
from typing import Any

from gunicorn.workers.base import Worker
from waitress import create_server, wasyncore
from waitress.task import ThreadedTaskDispatcher

CHART_THREADS = 12
OTHER_THREADS = 8

MAX_CONNECTIONS = 1_000
QUIET_S = 30
"""A connection on which nothing came for so long, between two requests or amid one, is closed."""

MAX_HEADER_BYTES = 1 << 16
MAX_WAITING_BYTES = 64 << 20
"""Of an answer that its asker is slow to take; from 1 MB on they wait on the disk."""

_RUNS_QUERIES = re.compile(
    r"/api/v1/(chart/(data|\d+/data)|datasource/|explore)|/datasource/|/superset/explore_json"
)


class ReadingWorker(Worker):  # type: ignore[misc]
    """Needs `graceful_timeout` to finish what was asked before a stop."""

    def run(self) -> None:
        logging.getLogger("waitress.queue").setLevel(
            logging.ERROR
        )  # it warns of each request that waits
        connections: dict[int, Any] = {}
        lanes = Lanes()
        server = create_server(
            self.wsgi,
            map=connections,
            _dispatcher=lanes,
            sockets=[listener.sock for listener in self.sockets],
            ident=None,
            connection_limit=MAX_CONNECTIONS,
            channel_timeout=QUIET_S,
            cleanup_interval=QUIET_S // 3,
            max_request_header_size=MAX_HEADER_BYTES,
            max_request_body_size=self.app.callable.config["MAX_CONTENT_LENGTH"],
            outbuf_high_watermark=MAX_WAITING_BYTES,
            # Superset trusts what a proxy states of the client only where its settings say so.
            clear_untrusted_proxy_headers=not self.app.callable.config["ENABLE_PROXY_FIX"],
        )
        while self.alive and self.ppid == os.getppid():
            self.notify()
            wasyncore.loop(timeout=1, use_poll=True, map=connections, count=1)
        server.close()
        self._finish(connections)
        lanes.shutdown()

    def _finish(self, connections: dict[int, Any]) -> None:
        """Answer what is being answered, for as long as a stop may take."""
        deadline_s = time.monotonic() + self.cfg.graceful_timeout - 1
        while time.monotonic() < deadline_s and any(map(_is_busy, list(connections.values()))):
            wasyncore.loop(timeout=0.1, use_poll=True, map=connections, count=1)


class Lanes:
    """Threads for what runs queries, and others for all else: while all charts wait, people still
    sign in."""

    def __init__(self) -> None:
        self._charts, self._others = ThreadedTaskDispatcher(), ThreadedTaskDispatcher()
        self._charts.set_thread_count(CHART_THREADS)
        self._others.set_thread_count(OTHER_THREADS)

    def add_task(self, channel: Any) -> None:
        (self._charts if _RUNS_QUERIES.match(channel.requests[0].path) else self._others).add_task(
            channel
        )

    def shutdown(self) -> None:
        for lane in (self._charts, self._others):
            lane.shutdown(timeout=0.5)


def _is_busy(connection: Any) -> bool:
    return bool(
        getattr(connection, "requests", None) or getattr(connection, "total_outbufs_len", 0)
    )
