"""Which networks the sample makes up, and how many events of each."""

from typing import Final

from producer.sources.sample.bluesky import BlueskyFeed
from producer.sources.sample.coverage import CoverageFeed
from producer.sources.sample.engagement import EngagementFeed, PostFeed
from producer.sources.sample.feed import Feed
from producer.sources.sample.mastodon import MastodonFeed
from producer.sources.sample.outages import Outages
from producer.sources.sample.schedule import Schedule
from producer.sources.sample.timeline import Timeline
from producer.sources.sample.wikimedia import WikimediaFeed
from producer.sources.sample.x import XFeed
from tidemark.contracts.engagement import COUNTS
from tidemark.settings import SampleSettings

_SHARES: Final = {"bluesky": 0.2, "mastodon": 0.15, "wikimedia": 0.25}
"""Posts or edits of a network for each post of X."""
_REPORTED: Final = {
    "x": COUNTS,
    "bluesky": ("reposts", "likes", "replies", "quotes", "bookmarks"),
    "mastodon": ("reposts", "likes", "replies"),
}
"""The counts that a network reports of a post."""
_SEEDS_APART: Final = 10_007


def make_schedule(settings: SampleSettings, live_from: int, past_s: int) -> Schedule:
    """Return the events of all networks in the settings; those of X do not depend on the others.

    live_from  second since 1970 of the first start; the past_s seconds before it are the made-up past
    """
    since = live_from - past_s
    feeds: list[tuple[Feed, Outages | None]] = []
    if "x" in settings.networks:
        timeline = Timeline(settings.seed, settings.rate, live_from=live_from, past_s=past_s)
        x = XFeed(settings.seed, timeline)
        feeds.append((x, None))
        if settings.engagement:
            feeds.append((_observed(x, settings.seed, timeline, "x", since), None))
    for turn, (network, share) in enumerate(_SHARES.items()):
        if network in settings.networks:
            seed = settings.seed + _SEEDS_APART * (turn + 1)
            timeline = Timeline(seed, settings.rate * share, live_from=live_from, past_s=past_s)
            feed, outages = _feed(network, seed, timeline), Outages(seed, live_from, turn)
            feeds += [(feed, outages), (CoverageFeed(feed, outages), None)]
            if settings.engagement and isinstance(feed, BlueskyFeed | MastodonFeed):
                feeds.append((_observed(feed, seed, timeline, network, since), None))
    return Schedule(feeds)


def _observed(
    feed: PostFeed, seed: int, timeline: Timeline, network: str, since: int
) -> EngagementFeed:
    return EngagementFeed(feed, seed, timeline, _REPORTED[network], since=since)


def _feed(network: str, seed: int, timeline: Timeline) -> Feed:
    match network:
        case "bluesky":
            return BlueskyFeed(seed, timeline)
        case "mastodon":
            return MastodonFeed(seed, timeline)
    return WikimediaFeed(seed, timeline)
