"""Who guesses passwords waits: a name that failed too often, from one address, is refused for a
minute unasked.

Only failures count, so that signing in often, as a health check does, is no guessing.
"""

from typing import Any

from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

FORM, API = "/login/", "/api/v1/security/login"

_OF_A_NAME = parse("10/minute")
_OF_AN_ADDRESS = parse("60/minute")
_failures = FixedWindowRateLimiter(MemoryStorage())


def watch(app: Any) -> None:
    app.before_request(_refuse_guessers)
    app.after_request(_count_failures)


def _refuse_guessers() -> tuple[str, int, dict[str, str]] | None:
    if not _is_sign_in() or all(_failures.test(*counted) for counted in _counted()):
        return None
    return "Too many wrong passwords; wait a minute, then try again.\n", 429, {"Retry-After": "60"}


def _count_failures(answer: Any) -> Any:
    if _is_sign_in() and _has_failed(answer):
        for counted in _counted():
            _failures.hit(*counted)
    return answer


def _is_sign_in() -> bool:
    from flask import request

    return request.method == "POST" and request.path.rstrip("/") in (FORM.rstrip("/"), API)


def _has_failed(answer: Any) -> bool:
    """Return whether the password was wrong: the form answers with a redirect either way."""
    from flask import request, session

    return answer.status_code == 401 if request.path == API else "_user_id" not in session


def _counted() -> list[tuple[Any, ...]]:
    from flask import request

    given = request.get_json(silent=True) if request.is_json else request.form
    name = str(given.get("username", "") if hasattr(given, "get") else "")[:64].strip().lower()
    return [(_OF_A_NAME, request.remote_addr, name), (_OF_AN_ADDRESS, request.remote_addr)]
