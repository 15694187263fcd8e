"""All sources there are. A new one is one file beside this, and one line here."""

from collections.abc import Callable, Mapping
from typing import Final

from producer.clock import Clock
from producer.sources.base.source import Source
from producer.sources.bluesky.source import Bluesky
from producer.sources.mastodon.source import Mastodon
from producer.sources.replay.source import Replay
from producer.sources.sample.source import Sample
from producer.sources.wikimedia.source import Wikimedia
from producer.sources.x.stream import XStream
from tidemark.settings import Settings

SOURCES: Final[Mapping[str, Callable[[Settings, Clock], Source]]] = {
    XStream.name: XStream.from_settings,
    Replay.name: Replay.from_settings,
    Sample.name: Sample.from_settings,
    Bluesky.name: Bluesky.from_settings,
    Mastodon.name: Mastodon.from_settings,
    Wikimedia.name: Wikimedia.from_settings,
}
