"""A small made-up past of edits for the charts, merged as the job merges them."""

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from chart_history import BEGIN_AT, END_AT, TAGS
from coverage_history import LOST_US
from edit_drivers import edits_driver, lay_edits
from edit_payloads import edited

from tidemark.settings import MysqlSettings

WIKIS = [
    "enwiki",
    "wikidatawiki",
    "commonswiki",
    "dewiki",
    "jawiki",
    "arwiki",
    "mgwiktionary",
    "o'wiki",
    "100%wiki",
]
LOST_AT = datetime.fromtimestamp(LOST_US / 1_000_000, UTC).replace(tzinfo=None)
TYPES = ["edit"] * 12 + ["new", "new", "categorize", "categorize", "log", "external"]
EDITORS = ["Ana Lima", "10.0.0.1", "2001:db8::7", "Ада", "山田", "<b>Bo</b>", "{{ Eve }}", "O'Neil"]
BOTS = ["TideBot", "ЭббБот"]


@dataclass(frozen=True)
class MadeEdit:
    """grown is by how many bytes; None where that is unknown."""

    at: datetime
    wiki: str
    type: str
    title: str
    user: str | None
    is_bot: bool
    grown: int | None

    @property
    def made_by(self) -> str:
        return "bots" if self.is_bot else "people"

    def payload(self, number: int) -> bytes:
        changes: dict[str, Any] = {
            "wiki": self.wiki,
            "title": self.title,
            "user": self.user,
            "bot": self.is_bot,
        }
        if self.type in ("edit", "new"):
            changes["length"] = (
                None if self.grown is None else {"old": 5_000, "new": 5_000 + self.grown}
            )
        return edited(f"made-{number}", self.type, dt=f"{self.at.isoformat()}Z", **changes)


def make_edits() -> list[MadeEdit]:
    """Three thousand over twenty days of 2025, and some of the last half hour; most pages are
    edited once or twice."""
    chance = random.Random(7)
    now = datetime.now(UTC).replace(tzinfo=None, microsecond=0)
    past = [
        (BEGIN_AT + (END_AT - BEGIN_AT) * chance.random()).replace(microsecond=0)
        for _ in range(3_000)
    ]
    lately = [now - timedelta(seconds=60 + 8 * step) for step in range(220)]
    around_gap = [
        LOST_AT + timedelta(seconds=seconds) for seconds in (-1, 0, 60, 314, 316, 359, 360)
    ]
    return [_edit(at, chance) for at in [*past, *around_gap, *lately]]


def _edit(at: datetime, chance: random.Random) -> MadeEdit:
    is_bot, kind = chance.random() < 0.4, chance.choice(TYPES)
    pages = TAGS + [f"Page {number}" for number in range(900)]
    return MadeEdit(
        at=at,
        wiki=chance.choices(WIKIS, [40 / (rank + 1) for rank in range(len(WIKIS))])[0],
        type=kind,
        title=chance.choices(pages, [20 / (rank + 1) for rank in range(len(pages))])[0],
        user=chance.choice(BOTS) if is_bot else chance.choice([*EDITORS, None]),
        is_bot=is_bot,
        grown=chance.choice([None, 0, 58, 1_400, -37, -900]) if kind in ("edit", "new") else None,
    )


def fill_edits(settings: MysqlSettings, edits: list[MadeEdit]) -> None:
    """Into all tables of edits, with a few payloads that are none."""
    payloads = [edit.payload(number) for number, edit in enumerate(edits)]
    now_us = round(datetime.now(UTC).timestamp() * 1_000_000)
    timeless = edited("a", dt="<b>soon</b>", timestamp=None)
    broken = [b"[]", b'{"meta"', timeless, edited("b", wiki="x" * 65)]
    with edits_driver(settings) as running:
        running.merge(
            lay_edits([*payloads, *broken], received_us=now_us - len(payloads) * 1_001 - 60_000_000)
        )
