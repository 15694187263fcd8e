"""The id of an event in EventStreams: its time in each topic, from which the stream goes on.

[{"topic": "eqiad.mediawiki.recentchange", "partition": 0, "timestamp": 1790000000001},
 {"topic": "codfw.mediawiki.recentchange", "partition": 0, "offset": -1}]
"""

from typing import Final

import msgspec

REWIND_MS: Final = 1000
"""The stream's order is not that of its times, which differ by some ms either way. Asked to go on
after the last one, Wikimedia would leave out what was written later and bears an earlier time."""

_TIME: Final = "timestamp"
_decode: Final = msgspec.json.Decoder(list[dict[str, str | int | None]]).decode


def time_of(event_id: str) -> int | None:
    """Return the latest time in it, µs; None where there is none."""
    times = [time_ms for place in _places(event_id) if isinstance(time_ms := place.get(_TIME), int)]
    return max(times) * 1000 if times else None


def rewound(event_id: str) -> str:
    """Return the id of an event shortly before."""
    places = _places(event_id)
    if not places:
        return event_id.strip()
    for place in places:
        time_ms = place.get(_TIME)
        if isinstance(time_ms, int):
            place[_TIME] = max(0, time_ms - REWIND_MS)
    return msgspec.json.encode(places).decode()


def _places(event_id: str) -> list[dict[str, str | int | None]]:
    try:
        return _decode(event_id)
    except (msgspec.MsgspecError, RecursionError):
        return []
