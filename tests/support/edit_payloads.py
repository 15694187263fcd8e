"""Made-up events in the exact shape of Wikimedia's recent changes, for tests to bend."""

from typing import Any

from payloads import Json, as_bytes

EDIT_AT = "2026-03-01T12:34:56.789Z"
EDIT_AT_S = 1_772_368_496


def change(edit_id: str = "e-1", kind: str = "edit", **changes: Any) -> Json:
    """An event of type `kind` with what its type has; `changes` go to its top, `dt` into its
    meta."""
    wiki, title = changes.get("wiki", "enwiki"), changes.get("title", "Tide")
    meta = {
        "uri": f"https://{wiki}.example.org/wiki/{title}",
        "request_id": "7d6a5a0c-90b5-4b0e-8d4f-000000000001",
        "id": edit_id,
        "domain": f"{wiki}.example.org",
        "stream": "mediawiki.recentchange",
        "dt": changes.pop("dt", EDIT_AT),
        "topic": "codfw.mediawiki.recentchange",
        "partition": 0,
        "offset": 1_992_673_513,
    }
    common: Json = {
        "$schema": "/mediawiki/recentchange/1.0.0",
        "meta": meta,
        "id": 1_659_529_639,
        "type": kind,
        "namespace": 0,
        "title": title,
        "title_url": meta["uri"],
        "comment": "made up",
        "timestamp": EDIT_AT_S,
        "user": "Ana Lima",
        "bot": False,
        "server_url": f"https://{wiki}.example.org",
        "server_name": f"{wiki}.example.org",
        "server_script_path": "/w",
        "wiki": wiki,
        "parsedcomment": "<i>made up</i>",
    }
    return common | _OF_TYPE[kind] | changes


_OF_TYPE: dict[str, Json] = {
    "edit": {
        "minor": True,
        "patrolled": True,
        "length": {"old": 100, "new": 158},
        "revision": {"old": 1_166_824_248, "new": 1_167_689_309},
    },
    "new": {
        "minor": False,
        "patrolled": False,
        "length": {"new": 181},
        "revision": {"new": 36_040_297},
    },
    "categorize": {"namespace": 14, "title": "Category:Tides"},
    "log": {
        "id": None,
        "log_id": 161_650_906,
        "log_type": "delete",
        "log_action": "delete",
        "log_params": [],
        "log_action_comment": "deleted",
    },
    "external": {"minor": False},
}


def edited(edit_id: str, kind: str = "edit", **changes: Any) -> bytes:
    """An event as bytes."""
    return as_bytes(change(edit_id, kind, **changes))
