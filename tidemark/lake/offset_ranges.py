"""Which offsets a data file holds, by Kafka partition; kept in the file's footer."""

from collections.abc import Mapping
from typing import Final, NamedTuple

import msgspec

FOOTER_KEY: Final = b"tidemark.ranges"


class OffsetRange(NamedTuple):
    """Offsets of one partition in a file: the first, the last, and the number of records."""

    first: int
    last: int
    records: int

    def overlaps(self, start: int, end: int) -> bool:
        """Return whether any offset may lie from `start` to before `end`."""
        return self.first < end and self.last >= start


Ranges = dict[int, OffsetRange]
"""By partition."""


def merge_ranges(into: Ranges, more: Mapping[int, OffsetRange]) -> None:
    """Add ranges of further records to `into`."""
    for partition, added in more.items():
        known = into.get(partition)
        into[partition] = added if known is None else _merged(known, added)


def footer_of(ranges: Ranges) -> dict[bytes, bytes]:
    """Return the footer's metadata that states these ranges."""
    return {FOOTER_KEY: msgspec.json.encode(ranges)}


def read_ranges(metadata: Mapping[bytes, bytes] | None) -> Ranges | None:
    """Return the ranges in a footer; None if another program wrote the file."""
    found = (metadata or {}).get(FOOTER_KEY)
    return None if found is None else msgspec.json.decode(found, type=Ranges, strict=False)


def _merged(one: OffsetRange, other: OffsetRange) -> OffsetRange:
    first = min(one.first, other.first)
    last = max(one.last, other.last)
    return OffsetRange(first, last, one.records + other.records)
