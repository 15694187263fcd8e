"""One timeline of Mastodon: its stream, opened again for as long as we are wanted, and the pages
beside it."""

import logging
import threading
from collections.abc import Callable
from contextlib import closing
from typing import Final

import requests
import urllib3

from producer.clock import Clock
from producer.sources.mastodon.api import BROKEN, Instance, MastodonApi, RefusedError
from producer.sources.mastodon.backfill import CatchUp
from producer.sources.mastodon.payload import (
    Beat,
    CaughtUp,
    Down,
    Heard,
    Said,
    Up,
    read_delete,
    read_status,
)
from producer.sources.mastodon.timeline import Timeline
from producer.transport.backoff import Backoff
from producer.transport.sse import Frame, SseReader
from tidemark.contracts.coverage import Why
from tidemark.settings import MastodonSettings

log = logging.getLogger(__name__)

_CHUNK_BYTES: Final = 64 << 10
_STATUSES: Final = ("update", "status.update")
_UNDEFINED: Final = b"undefined"
"""What Mastodon sends as data where an event has none."""


class Channel:
    """Reads in threads of its own, and says what it hears, and the error that ends all."""

    def __init__(
        self,
        timeline: Timeline,
        settings: MastodonSettings,
        say: Callable[[Said | Exception], None],
        clock: Clock,
        stopped: threading.Event,
        *,
        first_retry_s: float,
        silent_s: float,
        healthy_s: float,
        max_pages: int,
    ) -> None:
        self._api = MastodonApi(settings, clock)
        self.name = timeline.name
        self.host = self._api.host
        self._timeline = timeline
        self._say = say
        self._clock = clock
        self._stopped = stopped
        self._backoff = Backoff(first_s=first_retry_s)
        self._silent_s = silent_s
        self._healthy_s = healthy_s
        self._instance: Instance | None = None
        self._connections = 0
        self._is_new = True
        self._thread = threading.Thread(
            target=self._run, name=f"mastodon {timeline.name}", daemon=True
        )
        # A session is for one thread.
        pages_api = MastodonApi(settings, clock)
        self._pages = CatchUp(
            timeline,
            pages_api,
            say,
            clock,
            stopped,
            first_retry_s=first_retry_s,
            max_pages=max_pages,
        )

    def start(self, had: str | None) -> None:
        """had: the id after which to catch up, before anything else; None where there is none."""
        self._pages.had = had
        self._is_new = had is None
        self._pages.thread.start()
        self._thread.start()

    def has(self, post_id: str | None) -> None:
        """Up to this id everything is had: what is missed later comes after it."""
        self._pages.had = post_id

    def hang_up(self) -> None:
        """Let go; stopped must be set."""
        self._pages.close()
        self._api.hang_up()

    def join(self, timeout_s: float) -> None:
        if self._thread.ident is not None:
            self._thread.join(timeout_s)

    def _run(self) -> None:
        with closing(self._api):
            self._listen()

    def _listen(self) -> None:
        while not self._stopped.is_set():
            wait_s = 0.0
            opened_at_s = self._clock.elapsed_s()
            try:
                self._hear()
                why, words = Why.CUT, "the instance ended the connection"
            except RefusedError as refusal:
                why, words, wait_s = Why.REFUSED, str(refusal), refusal.wait_s
            except (requests.ReadTimeout, urllib3.exceptions.ReadTimeoutError):
                why, words = Why.SILENCE, f"nothing came for {self._silent_s:g} s"
            except BROKEN as error:
                why, words = Why.CUT, type(error).__name__
            except (
                Exception
            ) as error:  # handed over, so that it ends the source and not only this thread
                return self._say(error)
            self._say(Down(self.name, self._clock.now_us(), why))
            if self._clock.elapsed_s() - opened_at_s >= self._healthy_s:
                self._backoff.reset()
            self._wait(words, max(wait_s, self._backoff.next_s()))

    def _hear(self) -> None:
        if self._instance is None:
            self._instance = self._found_instance()
            self._pages.is_disabled = self._instance.disabled_feeds.issuperset(self._timeline.feeds)
        if self._is_new:
            self._pages.begin()
        with self._api.stream(
            self._instance.streaming_url, self._timeline, silent_s=self._silent_s
        ) as response:
            self._connections += 1
            self._say(Up(self.name, self._clock.now_us(), self._connections))
            if self._is_new:
                self._say(CaughtUp(self.name, self._connections, lost=False))
                self._is_new = False
            else:
                self._pages.ask(self._connections)
            reader = SseReader()
            while not self._stopped.is_set() and (chunk := response.raw.read1(_CHUNK_BYTES)):
                frames = [told for told in reader.feed(chunk) if isinstance(told, Frame)]
                for frame in frames:
                    self._say(self._read(frame))
                if not frames:
                    self._say(Beat(self.name, self._clock.now_us()))

    def _found_instance(self) -> Instance:
        found = self._api.instance()
        disabled = found.disabled_feeds.intersection(self._timeline.feeds)
        if disabled:
            log.warning(
                "the instance shows these posts to none but moderators",
                extra={
                    "timeline": self.name,
                    "feeds": " ".join(sorted(".".join(feed) for feed in disabled)),
                },
            )
        return found

    def _read(self, frame: Frame) -> Said:
        now = self._clock.now_us()
        if frame.data == _UNDEFINED:
            return Beat(self.name, now, ignored=f"{frame.event} undefined")
        if frame.event in _STATUSES:
            return Heard(
                self.name, read_status(frame.data, received_at=now, rules=self._timeline.rules)
            )
        if frame.event == "delete":
            rules = self._timeline.rules
            return Heard(
                self.name, read_delete(frame.data, received_at=now, host=self.host, rules=rules)
            )
        return Beat(self.name, now, ignored=frame.event)

    def _wait(self, words: str, wait_s: float) -> None:
        if not self._stopped.is_set():
            log.info(
                "connecting again",
                extra={"timeline": self.name, "reason": words, "wait_s": round(wait_s, 1)},
            )
        self._stopped.wait(wait_s)
