"""Ranges such as the last hour, in words in the filter bar.

Superset 6.1.0 has words for the last day, week, month, quarter and year alone. Of every other range it
shows the two instants, which on a page that refreshes itself are old before they are read, and too
long for a phone.
"""

import re
from typing import Any, Final

PATH: Final = "/api/v1/time_range/"
_AGO: Final = re.compile(
    r"DATEADD\(DATETIME\('now'\), -(\d+), (second|minute|hour|day|week|month)\) : now"
)


def show(app: Any) -> None:
    """Make the filter bar show `1 hour ago ≤ col < now`; what charts ask for stays as it is."""
    app.after_request(_in_words)


def _in_words(answer: Any) -> Any:
    from flask import request

    if request.path == PATH and answer.status_code == 200:
        ranges = [bounds_in_words(found) for found in answer.get_json()["result"]]
        answer.set_data(answer.json_module.dumps({"result": ranges}))
    return answer


def bounds_in_words(found: dict[str, Any]) -> dict[str, Any]:
    """Return a range with its bounds in words, where it ends now; else as it is."""
    if found.get("shift") or (ago := _AGO.fullmatch(found["timeRange"])) is None:
        return found
    number, unit = int(ago[1]), ago[2]
    return found | {"since": f"{number} {unit}{'s' if number > 1 else ''} ago", "until": "now"}
