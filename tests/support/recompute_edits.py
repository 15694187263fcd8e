"""What the tables of edits must hold after some batches, in plain json and dictionaries: no SQL, no
decoder of ours.

Written from the comments in sql/migrations, for payloads that are JSON where they are edits at all.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from kafka_records import Record
from recompute import EPOCH, Rows, Tables, header, in_order, received_at

STARTS: dict[str, Callable[[datetime], datetime]] = {
    "minute": lambda at: at.replace(second=0, microsecond=0),
    "hour": lambda at: at.replace(minute=0, second=0, microsecond=0),
    "day": lambda at: at.replace(hour=0, minute=0, second=0, microsecond=0),
}

EDIT_TABLES = {
    "edits": "*",
    **{f"edit_{grain}s": "*" for grain in STARTS},
    **{f"page_{grain}s": f"{grain}_at, is_bot, wiki, title, edits" for grain in STARTS},
    **{f"editor_{grain}s": f"{grain}_at, is_bot, wiki, user_name, edits" for grain in STARTS},
    "rejected": "topic_id, kafka_partition, kafka_offset, topic, source, reason, payload, received_at",
}
"""Every table that the job of edits writes, and what is compared of it."""


def recompute_edits(batches: Iterable[Sequence[Record]], topic_id: str) -> Tables:
    """Each table's rows, in_order; a batch is read by partition and offset, and of copies the first
    counts."""
    edits: dict[str, Any] = {}
    rejected: Rows = []
    for batch in batches:
        for record in sorted(batch, key=lambda r: (r.partition, r.offset)):
            edit = read_edit(record)
            if isinstance(edit, str):
                place = (
                    topic_id,
                    record.partition,
                    record.offset,
                    record.topic,
                    header(record, "source"),
                )
                rejected.append((*place, edit, record.value, received_at(record)))
            else:
                edits.setdefault(edit["id"], edit)
    found: Tables = {"edits": [edit["row"] for edit in edits.values()], "rejected": rejected}
    for grain, start in STARTS.items():
        found[f"edit_{grain}s"] = _sums(edits.values(), start)
        for of, name in (("page", "title"), ("editor", "user")):
            written = [
                e for e in edits.values() if e["type"] in ("edit", "new") and e[name] is not None
            ]
            counted = Counter((start(e["at"]), e["bot"], e["wiki"], e[name]) for e in written)
            found[f"{of}_{grain}s"] = [(*key, number) for key, number in counted.items()]
    return {table: in_order(found[table]) for table in EDIT_TABLES}


def read_edit(record: Record) -> dict[str, Any] | str:
    """The edit with its row, or the reason why it is none."""
    try:
        event = json.loads(record.value or b"")
    except ValueError:
        return "not_json"
    if not isinstance(event, dict) or not event.get("type"):
        return "not_an_edit"
    meta, length = event["meta"], event.get("length")
    length = length if isinstance(length, dict) else {}
    if (refused := _refused(event, meta)) is not None:
        return refused
    grown = _grown(length.get("old"), length.get("new"))
    latest = received_at(record) + timedelta(minutes=5)
    at = min(
        _instant(meta.get("dt"), event.get("timestamp")),
        latest.replace(microsecond=latest.microsecond // 1000 * 1000),
    )
    edit = {
        "id": meta["id"],
        "at": at,
        "type": event["type"],
        "wiki": event["wiki"],
        "title": _title(event.get("title")),
        "user": event.get("user") or None,
        "bot": int(event.get("bot") or False),
        "minor": int(event.get("minor") or False),
        "added": None if grown is None else max(grown, 0),
        "removed": None if grown is None else max(-grown, 0),
    }
    known = [edit[name] for name in ("wiki", "type", "title")] + [event.get("namespace")]
    told = [edit[name] for name in ("user", "bot", "minor", "added", "removed")]
    came = (header(record, "source"), meta["id"], at, received_at(record))
    return edit | {"row": (*came, *known, *told, record.partition, record.offset)}


def _refused(event: dict[str, Any], meta: dict[str, Any]) -> str | None:
    """The reason why the event is none that can be stored."""
    if not event.get("wiki") or meta.get("domain") == "canary":
        return "not_an_edit"
    if not meta.get("id"):
        return "no_id"
    return "too_long" if len(meta["id"]) > 64 else None


def _grown(old: int | None, new: int | None) -> int | None:
    """How many bytes were added; None where the sizes are not told, or are none."""
    return None if new is None or min(new, old or 0) < 0 else new - (old or 0)


def _title(written: str | None) -> str | None:
    """The title, with U+FFFD for half an emoji; None where it fits no column."""
    whole = (written or "").encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return whole if 0 < len(whole) <= 400 else None


def _instant(dt: str | None, timestamp: int | None) -> datetime:
    is_date = dt is not None and dt[:1].isdigit()
    at = (
        datetime.fromisoformat(dt or "") if is_date else datetime.fromtimestamp(timestamp or 0, UTC)
    )
    at = at.astimezone(UTC).replace(tzinfo=None)
    assert at >= EPOCH
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


def _sums(edits: Iterable[dict[str, Any]], start: Callable[[datetime], datetime]) -> Rows:
    sums: dict[Any, list[int]] = {}
    for edit in edits:
        bucket = sums.setdefault(
            (start(edit["at"]), edit["wiki"], edit["type"], edit["bot"]), [0, 0, 0, 0]
        )
        for at, more in enumerate((1, edit["minor"], edit["added"] or 0, edit["removed"] or 0)):
            bucket[at] += more
    return [(*key, *found) for key, found in sums.items()]
