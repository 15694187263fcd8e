"""How far a table of the lake has come: the fence, committed with the rows."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec

METADATA_KEY: Final = "userMetadata"
"""Where Delta keeps what a writer says of its commit."""


@dataclass(frozen=True)
class Reach:
    """The offset that comes next in each partition of the topic with this id."""

    topic_id: str
    next_offsets: Mapping[int, int]

    def metadata(self) -> dict[str, str]:
        """For the commit that makes it so."""
        offsets = {
            str(partition): offset for partition, offset in sorted(self.next_offsets.items())
        }
        return {
            METADATA_KEY: msgspec.json.encode(
                {"topic_id": self.topic_id, "offsets": offsets}
            ).decode()
        }

    @property
    def total(self) -> int:
        """Grows with every commit: the version of Delta's own transaction identifier."""
        return sum(self.next_offsets.values())


class _Metadata(msgspec.Struct):
    topic_id: str
    offsets: dict[int, int]


def newest(commits: Iterable[Mapping[str, Any]]) -> Reach | None:
    """That of the newest commit that tells one; others' commits (OPTIMIZE, VACUUM) tell none."""
    for commit in commits:
        try:
            found = msgspec.json.decode(
                commit.get(METADATA_KEY) or "", type=_Metadata, strict=False
            )
        except msgspec.DecodeError:
            continue
        return Reach(found.topic_id, found.offsets)
    return None
