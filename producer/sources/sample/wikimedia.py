"""Made-up changes of wikis, as Wikimedia's EventStreams sends them.

The names of the wikis start with `sample_`: the sums of edits are kept by wiki and not by source,
so that charts can only show by the wiki's name what is made up.
"""

from random import Random
from typing import ClassVar, Final

from msgspec.json import encode

from producer.sources.sample.authors import draw_author
from producer.sources.sample.faults import (
    Fault,
    Json,
    changed,
    cut_off,
    draw_fault,
    empty,
    in_a_list,
    with_fault,
    with_lone_surrogate,
    without,
)
from producer.sources.sample.pages import Page, draw_page
from producer.sources.sample.timeline import Timeline, iso, post_id
from producer.sources.sample.trends import Trends
from tidemark.contracts.events import Event
from tidemark.contracts.topics import EDITS, Topic

_FAULTY: Final = 0.01
_YEAR_2100_S: Final = 4_102_444_800
_TYPES: Final = ("edit", "new", "categorize", "log", "external")
_WEIGHTS: Final = (60, 68, 90, 99, 100)
"""Cumulative, in percent."""
_BOTS: Final = ("TideBot", "LinkMender", "CategoryBot", "DateFixer", "ImportBot")

_FAULTS: Final[tuple[Fault, ...]] = (
    cut_off,
    empty,
    in_a_list,
    without("type"),
    without("wiki"),
    changed("meta.domain", "canary"),
    without("meta.id"),
    changed("meta.id", "9" * 300),
    changed("title", "Long title " * 60),
    changed("length", "unknown"),
    changed("length", {"old": 120, "new": -1}),
    changed("meta.dt", "yesterday"),
    changed("meta.dt", iso(_YEAR_2100_S * 1000)),
    with_lone_surrogate("title"),
)


class WikimediaFeed:
    """Edits, new pages, categorisations, log entries and changes of other wikis."""

    source: ClassVar[str] = "sample_wikimedia"
    topic: ClassVar[Topic] = EDITS

    def __init__(self, seed: int, timeline: Timeline) -> None:
        self._seed = seed
        self._trends = Trends(seed)
        self.count = timeline.count
        self.at_ms = timeline.at_ms

    def event(self, second: int, number: int, received_at: int) -> Event:
        """Return a change; a faulty one has no event_id."""
        change = self._change(second, number)
        event_id, key = (
            f"{self.source}:{change['meta']['id']}",
            f"{change['wiki']}:{change['user']}",
        )
        fault = draw_fault(_FAULTS, _FAULTY, self._seed, 7, second, number)
        event = Event(encode(change), self.source, received_at, key.encode(), event_id)
        return with_fault(event, change, fault)

    def _change(self, second: int, number: int) -> Json:
        random = Random((self._seed << 64) + (second << 22) + number)  # noqa: S311
        at_ms = self.at_ms(second, number)
        community, tag = self._trends.draw(random, second)
        (kind,) = random.choices(_TYPES, cum_weights=_WEIGHTS)
        page = draw_page(random, community.language, tag, kind)
        is_bot = random.random() < page.bots
        user = random.choice(_BOTS) if is_bot else self._person(random, community.language, second)
        return _common(page, kind, user, is_bot, post_id(at_ms, number), at_ms) | _details(
            random, kind
        )

    def _person(self, random: Random, language: str, second: int) -> str:
        """Return a name, or in a tenth of all cases an address, as of people without an account."""
        if random.random() < 0.1:
            return f"192.0.2.{random.randrange(256)}"
        return draw_author(random, self._seed, language, second).name


def _common(page: Page, kind: str, user: str, is_bot: bool, change_id: int, at_ms: int) -> Json:
    url = f"https://{page.domain}/wiki/{page.title.replace(' ', '_')}"
    meta = {
        "uri": url,
        "id": f"{change_id:032x}",
        "domain": page.domain,
        "stream": "mediawiki.recentchange",
        "dt": iso(at_ms),
    }
    return {
        "$schema": "/mediawiki/recentchange/1.0.0",
        "meta": meta,
        "id": change_id >> 20,
        "type": kind,
        "namespace": page.namespace,
        "title": page.title,
        "title_url": url,
        "comment": "made up by Tidemark",
        "timestamp": at_ms // 1000,
        "user": user,
        "bot": is_bot,
        "server_name": page.domain,
        "wiki": page.wiki,
    }


def _details(random: Random, kind: str) -> Json:
    """Return the fields that only changes of this type have."""
    if kind == "log":
        return {"log_type": "thanks", "log_action": "thank", "log_params": []}
    if kind == "new":
        return {
            "minor": False,
            "length": {"new": min(int(400 * random.paretovariate(1.2)), 60_000)},
        }
    if kind != "edit":
        return {}
    old = min(int(2_000 * random.paretovariate(0.9)), 400_000)
    changed_by = min(int(12 * random.paretovariate(0.8)), 30_000)
    new = old + changed_by if random.random() < 0.7 else max(0, old - changed_by)
    return {"minor": random.random() < 0.3, "length": {"old": old, "new": new}}
