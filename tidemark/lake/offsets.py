"""The next offsets of a table of the lake, committed with its rows: the lake's fence."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec

METADATA_KEY: Final = "userMetadata"
"""The key under which Delta keeps a writer's own data in a commit."""


@dataclass(frozen=True)
class LakeOffsets:
    """The next offset in each partition of the topic with this id."""

    topic_id: str
    next_offsets: Mapping[int, int]

    def metadata(self) -> dict[str, str]:
        """Return the commit metadata that states these offsets."""
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
        """Return a number that grows with every commit: the version of Delta's own transaction identifier."""
        return sum(self.next_offsets.values())


class _Metadata(msgspec.Struct):
    topic_id: str
    offsets: dict[int, int]


def newest(commits: Iterable[Mapping[str, Any]]) -> LakeOffsets | None:
    """Return the offsets of the first commit that states them, newest first; OPTIMIZE and VACUUM do not."""
    for commit in commits:
        try:
            found = msgspec.json.decode(
                commit.get(METADATA_KEY) or "", type=_Metadata, strict=False
            )
        except msgspec.DecodeError:
            continue
        return LakeOffsets(found.topic_id, found.offsets)
    return None
