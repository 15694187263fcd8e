"""What the sample sends in a made-up past hour and some minutes after it, straight from its schedule."""

from collections.abc import Iterator, Sequence

from producer.sources.sample.networks import make_schedule
from tidemark.contracts.events import Event
from tidemark.contracts.topics import Topic
from tidemark.settings import SampleSettings

LIVE_FROM_S = 1_795_255_200  # 2026-11-21 10:00 UTC
PAST_S = 3600
LIVE_S = 900

Sent = tuple[int, Topic, Event]
"""The second of sending, and the event with its topic."""


def sent_by(networks: Sequence[str], *, rate: float = 20) -> Iterator[Sent]:
    """Yield all that is sent, in order."""
    settings = SampleSettings.model_validate({"rate": rate, "networks": list(networks)})
    schedule = make_schedule(settings, LIVE_FROM_S, PAST_S)
    for second in range(LIVE_FROM_S - PAST_S, LIVE_FROM_S + LIVE_S):
        for due in schedule.due_in(second):
            feed = schedule.feeds[due.feed]
            event = feed.event(due.second, due.number, second * 1_000_000)
            yield second, feed.topic, event
