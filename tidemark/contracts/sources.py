"""The sources, one row each.

What must know a source by its name is derived from this table, or tests/contract/test_source_table.py
checks it against the table.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Final

from tidemark.contracts.topics import EDITS, ENGAGEMENT, POSTS, Topic


@dataclass(frozen=True)
class SourceSpec:
    """What the rest of the project must know about a source.

    name        argument of `python -m producer`; also names its settings (`settings.NAME`), its cursor, its coverage
                records and its container
    networks    `source` headers of its events, which are the `source` column of every table; each with the topics
                of these events
    id_prefix   what its event ids begin with, before the colon; default: the network
    secrets     fields of settings.NAME that are secrets
    addresses   fields of settings.NAME that hold URLs; the source works if one of them answers
    is_live     it starts with what is written now and reports gaps; others start at their beginning and have no gaps
    can_resume  it reads on after a cursor without a loss, as far as the network keeps what was written
    former      names that it had in older versions; they are still accepted, with a warning
    """

    name: str
    networks: Mapping[str, tuple[Topic, ...]]
    id_prefix: str | None = None
    secrets: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    is_live: bool = True
    can_resume: bool = True
    former: tuple[str, ...] = ()

    @property
    def writes(self) -> tuple[Topic, ...]:
        """Return the topics of its events."""
        return tuple(dict.fromkeys(chain.from_iterable(self.networks.values())))


_ROWS: Final = (
    SourceSpec(
        "x",
        {"x": (POSTS,)},
        secrets=("bearer_token",),
        addresses=("api_url",),
        can_resume=False,
        former=("x_stream",),
    ),
    SourceSpec("replay", {"x": (POSTS,)}, is_live=False),
    SourceSpec(
        "sample",
        {
            "sample": (POSTS, ENGAGEMENT),
            "sample_bluesky": (POSTS, ENGAGEMENT),
            "sample_mastodon": (POSTS, ENGAGEMENT),
            "sample_wikimedia": (EDITS,),
        },
        is_live=False,
    ),
    SourceSpec("wikimedia", {"wikimedia": (EDITS,)}, id_prefix="wm", addresses=("url",)),
    SourceSpec("bluesky", {"bluesky": (POSTS,)}, id_prefix="bs", addresses=("hosts",)),
    SourceSpec(
        "mastodon",
        {"mastodon": (POSTS,)},
        id_prefix="ma",
        secrets=("access_token",),
        addresses=("url",),
    ),
)

SOURCES: Final[dict[str, SourceSpec]] = {spec.name: spec for spec in _ROWS}
"""Every source by its name."""


def current_name(name: str) -> str:
    """Return what a source is called now; a name that no source has is returned unchanged."""
    for spec in SOURCES.values():
        if name in spec.former:
            return spec.name
    return name
