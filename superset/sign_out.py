"""Signed out is signed out, also for who has kept a copy of the cookie.

Superset's session is the cookie itself, which is good until it is old. So each sign-in has a separate
number in it, and those that were signed out are kept, in Superset's store, as long as their
cookies would be good.
"""

import secrets
from typing import Any

NUMBER = "sign_in"


def remember(app: Any) -> None:
    """Give each sign-in a number, and keep those that were signed out. Call it in an app context."""
    from flask_login import user_logged_in, user_logged_out
    from superset.extensions import appbuilder

    user_logged_in.connect(_number, app)
    user_logged_out.connect(_note, app)
    load = appbuilder.sm.load_user
    appbuilder.sm.lm.user_loader(lambda pk: load(pk) if _is_signed_in() else None)


def _number(_app: Any, **_of_signal: Any) -> None:
    from flask import session

    session[NUMBER] = secrets.token_urlsafe(16)


def _note(app: Any, **_of_signal: Any) -> None:
    from flask import session

    if number := session.pop(NUMBER, None):
        life_s = int(app.config["PERMANENT_SESSION_LIFETIME"].total_seconds())
        _signed_out().add(number, True, timeout=life_s + 60)


def _is_signed_in() -> bool:
    """Return whether the session stands: one without a number is of an earlier version, and could
    not be signed out."""
    from flask import session

    number = session.get(NUMBER)
    return number is not None and not _signed_out().has(number)


def _signed_out() -> Any:
    """Return where signed-out numbers are kept; adding to it drops what is too old to matter."""
    from superset.extensions.metastore_cache import SupersetMetastoreCache
    from superset.key_value.types import JsonKeyValueCodec
    from superset.key_value.utils import get_uuid_namespace

    return SupersetMetastoreCache(get_uuid_namespace("signed_out_"), JsonKeyValueCodec())
