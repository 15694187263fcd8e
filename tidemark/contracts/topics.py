"""The Kafka topics, one row each.

Settings, retention, the lake and the tests of reasons are derived from this table or checked against it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from tidemark.contracts.lake_columns import (
    EDIT_COLUMNS,
    ENGAGEMENT_COLUMNS,
    POST_COLUMNS,
    REJECT_COLUMNS,
    ColumnType,
)
from tidemark.contracts.reasons import EVERY_RECORD, Reason


@dataclass(frozen=True)
class Topic:
    """What all stages must know about a topic.

    retention_hours   Kafka drops records that are older, where the settings say nothing else
    retention_bytes   and the oldest records of a partition that is larger
    lake_columns      what its table in the lake holds beside the record itself; without columns it has no table
    reasons           why a record of it may be rejected
    """

    name: str
    retention_hours: int
    retention_bytes: int
    lake_columns: Mapping[str, ColumnType] = field(default_factory=dict, hash=False)
    reasons: frozenset[Reason] = frozenset()

    @property
    def days(self) -> int:
        return self.retention_hours // 24

    @property
    def mib(self) -> int:
        return self.retention_bytes >> 20


_OF_DATED: Final = EVERY_RECORD | {
    Reason.NO_ID,
    Reason.NO_CREATED_AT,
    Reason.BAD_CREATED_AT,
    Reason.TOO_LONG,
}

POSTS: Final = Topic(
    "posts",
    retention_hours=7 * 24,
    retention_bytes=4 << 30,
    lake_columns=POST_COLUMNS,
    reasons=_OF_DATED | {Reason.NOT_A_POST},
)
EDITS: Final = Topic(
    "edits",
    retention_hours=7 * 24,
    retention_bytes=4 << 30,
    lake_columns=EDIT_COLUMNS,
    reasons=_OF_DATED | {Reason.NOT_AN_EDIT},
)
ENGAGEMENT: Final = Topic(
    "engagement",
    retention_hours=7 * 24,
    retention_bytes=1 << 30,
    lake_columns=ENGAGEMENT_COLUMNS,
    reasons=EVERY_RECORD
    | {Reason.NOT_AN_OBSERVATION, Reason.NO_ID, Reason.OUT_OF_RANGE, Reason.TOO_LONG},
)
COVERAGE: Final = Topic(
    "coverage",
    retention_hours=30 * 24,
    retention_bytes=256 << 20,
    reasons=EVERY_RECORD | {Reason.NOT_COVERAGE, Reason.OUT_OF_RANGE},
)
REJECTED: Final = Topic(
    "rejected",
    retention_hours=30 * 24,
    retention_bytes=256 << 20,
    lake_columns=REJECT_COLUMNS,
    reasons=frozenset({Reason.TOO_LARGE, Reason.NOT_A_POST}),
)

TOPICS: Final[dict[str, Topic]] = {
    topic.name: topic for topic in (POSTS, EDITS, ENGAGEMENT, COVERAGE, REJECTED)
}
"""Every topic by its name."""
