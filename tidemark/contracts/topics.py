"""The Kafka topics, by name and by the retention that they have where the settings say nothing
else."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Topic:
    """A topic keeps its records until they are too old or too many, whichever comes first.

    retention_bytes counts per partition.
    """

    name: str
    retention_hours: int
    retention_bytes: int

    @property
    def days(self) -> int:
        return self.retention_hours // 24

    @property
    def mib(self) -> int:
        return self.retention_bytes >> 20


POSTS: Final = Topic("posts", retention_hours=7 * 24, retention_bytes=4 << 30)
EDITS: Final = Topic("edits", retention_hours=7 * 24, retention_bytes=4 << 30)
COVERAGE: Final = Topic("coverage", retention_hours=30 * 24, retention_bytes=256 << 20)
REJECTED: Final = Topic("rejected", retention_hours=30 * 24, retention_bytes=256 << 20)

TOPICS: Final = (POSTS, EDITS, COVERAGE, REJECTED)
