"""Sources that have a scripted hour: the stand-in of each, what is made in it, and what must come
of that."""

import json
import sys
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from bluesky_payloads import commit, deleted, record, repost
from e2e import recompute_live
from e2e.arrived import kafka_records
from e2e.hour_producer import MAX_PAGES
from e2e.pipeline import Pipeline
from e2e.recompute_live import QUESTIONS, Rows
from edit_drivers import stored_edits
from edit_payloads import edited
from mastodon_payloads import account, status
from payloads import as_bytes
from recompute_edits import recompute_edits
from stand_ins import event_streams, jetstream, mastodon_script, x_api_script
from stand_ins.hour import Hour, Made
from stand_ins.mastodon_api import MastodonInstance

from producer.clock import Clock
from tidemark.contracts.topics import EDITS, POSTS, Topic

TAGS = ("Kafka", "Spark", "tide", "ÉTÉ")


class HourSource(ABC):
    """`server` is a context manager, the stand-in at work."""

    name: str
    topic: Topic
    server: AbstractContextManager[Any]

    def __init__(self, clock: Clock, **hour: Any) -> None:
        """hour: what an Hour is told."""
        self.hour = Hour(clock, self.make, **hour)

    @staticmethod
    @abstractmethod
    def make(number: int, at_us: int) -> bytes:
        """An event of the hour."""

    @abstractmethod
    def settings(self) -> dict[str, str]:
        """Those of its producer."""

    def __enter__(self) -> Self:
        self.server.__enter__()
        return self

    def __exit__(self, *exc: object) -> None:
        self.hour.end()
        self.server.__exit__(None, None, None)

    def stored(self, pipeline: Pipeline) -> dict[str, Rows]:
        """What the tables hold of it."""
        return {
            name: pipeline.stored.rows(question, self.name) for name, question in QUESTIONS.items()
        }

    @abstractmethod
    def recomputed(self, pipeline: Pipeline) -> dict[str, Rows]:
        """What they must hold of what could be had."""

    @staticmethod
    @abstractmethod
    def event_id(event: dict[str, Any]) -> str:
        """What it is called in Kafka."""

    def event_ids(self, events: Iterable[bytes]) -> list[str]:
        """Sorted."""
        return sorted(self.event_id(json.loads(event)) for event in events)

    def unhealable(self) -> range:
        """Numbers of the events that the script has made impossible to get."""
        return self.hour.forgotten()

    def healable(self) -> list[bytes]:
        lost = self.unhealable()
        return [event for number, (_, event) in enumerate(self.hour.events) if number not in lost]


class WikimediaHour(HourSource):
    name = "wikimedia"
    topic = EDITS

    def __init__(self, clock: Clock, **hour: Any) -> None:
        super().__init__(clock, **hour)
        self.server = self._streams = event_streams.EventStreams(script=self._connections())

    @staticmethod
    def make(number: int, at_us: int) -> bytes:
        return edited(
            f"e-{number}",
            ("edit", "edit", "new", "log", "categorize")[number % 5],
            wiki=("enwiki", "dewiki")[number % 2],
            title=f"Page {number % 50}",
            user=f"User {number % 30}",
            bot=number % 3 == 0,
            dt=instant(at_us),
        )

    @staticmethod
    def event_id(event: dict[str, Any]) -> str:
        return f"wm:{event['meta']['id']}"

    def stored(self, pipeline: Pipeline) -> dict[str, Rows]:
        return stored_edits(pipeline.settings)

    def recomputed(self, pipeline: Pipeline) -> dict[str, Rows]:
        """Rows tell also when and where a record came, so that Kafka's records are computed
        from."""
        ((topic_id,),) = pipeline.stored.rows(
            "SELECT DISTINCT topic_id FROM {db}.ledger WHERE topic = 'edits'"
        )
        return recompute_edits([kafka_records(pipeline.kafka.bootstrap, EDITS)], topic_id)

    def settings(self) -> dict[str, str]:
        return {"WIKIMEDIA__URL": self._streams.url, "WIKIMEDIA__CONTACT": "someone@example.org"}

    def _connections(self) -> Iterator[event_streams.Connection]:
        while True:
            if (joined := self.hour.join()) is None:
                yield event_streams.Refuse(503)
                continue
            past, coming = joined
            # The stand-in looks into its log for what the client asks for.
            self._streams.log[:] = [(at_us // 1000, payload) for at_us, payload in past]
            yield self._actions(coming)

    def _actions(self, coming: Iterable[Made]) -> Iterator[event_streams.Action]:
        for at_us, payload in coming:
            yield event_streams.Say(event_streams.frame(at_us // 1000, payload))
        yield (
            x_api_script.Cut()
            if self.hour.is_cut()
            else x_api_script.Hold(silent=not self.hour.is_over())
        )


class BlueskyHour(HourSource):
    name = "bluesky"
    topic = POSTS

    def __init__(self, clock: Clock, **hour: Any) -> None:
        super().__init__(clock, **hour)
        self.server = self._host = jetstream.Jetstream(
            jetstream.Firehose([]), script=self._connections()
        )

    @staticmethod
    def make(number: int, at_us: int) -> bytes:
        if number % 10 == 7:  # of a post of the minute before, where there was one
            gone = max(number - 43, 0)
            return as_bytes(
                deleted(f"3k{gone:08}", did=f"did:plc:author{(number - 3) % 40}", time_us=at_us)
            )
        who: dict[str, Any] = {"did": f"did:plc:author{number % 40}", "time_us": at_us}
        if number % 10 == 3:
            return as_bytes(repost(f"3k{number:08}", **who))
        tags = [TAGS[number % 4]] if number % 2 else []
        return as_bytes(commit(f"3k{number:08}", record=record(hashtags=tags), **who))

    @staticmethod
    def event_id(event: dict[str, Any]) -> str:
        did, change = event["did"], event["commit"]
        return f"bs:{did}/{change['collection']}/{change['rkey']}@{change['rev']}:{change['operation']}"

    def recomputed(self, pipeline: Pipeline) -> dict[str, Rows]:
        found = recompute_live.bluesky(self.healable(), {})
        del found["profiles"]  # nobody was looked up
        return found

    def settings(self) -> dict[str, str]:
        return {"BLUESKY__HOSTS": json.dumps([self._host.url]), "BLUESKY__PROFILES": "false"}

    def _connections(self) -> Iterator[jetstream.Connection]:
        while True:
            if (joined := self.hour.join()) is None:
                yield jetstream.Refuse(503)
                continue
            past, coming = joined
            cursor_us = self._host.cursors()[-1] or sys.maxsize
            yield self._actions([payload for at_us, payload in past if at_us >= cursor_us], coming)

    def _actions(self, past: list[bytes], coming: Iterable[Made]) -> Iterator[jetstream.Action]:
        yield from map(jetstream.Say, past)
        for _, payload in coming:
            yield jetstream.Say(payload)
        yield jetstream.Cut() if self.hour.is_cut() else jetstream.Hold()


class MastodonHour(HourSource):
    name = "mastodon"
    topic = POSTS

    def __init__(self, clock: Clock, **hour: Any) -> None:
        super().__init__(clock, **hour)
        self.server = self._instance = _Instance(self.hour, script=self._connections())

    @staticmethod
    def make(number: int, at_us: int) -> bytes:
        name, post_id = f"user{number % 25}", str(at_us // 1000 << 16)
        return as_bytes(
            status(
                id=post_id,
                created_at=instant(at_us),
                uri=f"https://made.up/users/{name}/statuses/{post_id}",
                account=account(name, uri=f"https://made.up/users/{name}", followers_count=number),
                tags=[{"name": TAGS[number % 4].lower(), "url": ""}] if number % 2 else [],
            )
        )

    @staticmethod
    def event_id(event: dict[str, Any]) -> str:
        return f"ma:{event['uri']}"

    def recomputed(self, pipeline: Pipeline) -> dict[str, Rows]:
        return recompute_live.mastodon(self.healable())

    def settings(self) -> dict[str, str]:
        return {"MASTODON__URL": self._instance.url, "MASTODON__ACCESS_TOKEN": self._instance.token}

    def unhealable(self) -> range:
        """Its pages are all there, but after an outage the producer gives up after so many."""
        forgotten = self.hour.forgotten()
        met_at = next((number for number in self.hour.joined if number >= forgotten.stop), 0)
        # Pages begin ten seconds before the last that was had: ten posts come again.
        return range(forgotten.start - 10 + 40 * MAX_PAGES, met_at)

    def _connections(self) -> Iterator[mastodon_script.Connection]:
        while True:
            joined = self.hour.join()
            yield mastodon_script.Refuse(503) if joined is None else self._actions(joined[1])

    def _actions(self, coming: Iterable[Made]) -> Iterator[mastodon_script.Action]:
        for _, payload in coming:
            yield mastodon_script.Say("update", payload)
        yield (
            mastodon_script.Cut()
            if self.hour.is_cut()
            else mastodon_script.Hold(silent=not self.hour.is_over())
        )


class _Instance(MastodonInstance):
    """Its pages show what was made in the hour so far."""

    def __init__(self, hour: Hour, **options: Any) -> None:
        super().__init__(**options)
        self._hour = hour

    def written(self) -> list[bytes]:
        return [payload for _, payload in self._hour.first(self._hour.made())]


def instant(at_us: int) -> str:
    at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=at_us)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


HOURS: tuple[type[HourSource], ...] = (WikimediaHour, BlueskyHour, MastodonHour)
