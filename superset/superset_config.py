"""Superset's settings. What differs between machines comes from the environment.

SUPERSET_CONFIG_PATH names this file. The metadata store is SQLite in SUPERSET_HOME.
"""

import logging
import os
import sys
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

import accounts
import bounds
import chart_sql
import expressions
import given
import sign_in
import sign_out
import store
import theme
import time_words

# Tables keep UTC, and Superset takes "now" from the clock of the process.
os.environ["TZ"] = "UTC"
time.tzset()

# No default on purpose: a KeyError beats a key all the world knows.
SECRET_KEY = given.needed_secret("SUPERSET_SECRET_KEY")
GUEST_TOKEN_JWT_SECRET = SECRET_KEY
GLOBAL_ASYNC_QUERIES_JWT_SECRET = SECRET_KEY

_HTTPS = given.is_on("SUPERSET_HTTPS")

# The front end carries a telemetry image that no setting removes; the browser may load from
# here alone.
TALISMAN_CONFIG = {
    "content_security_policy": {
        "default-src": ["'self'"],
        "base-uri": ["'self'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'self'"],
        "object-src": "'none'",
        "connect-src": ["'self'"],
        "font-src": ["'self'", "data:"],
        "img-src": ["'self'", "blob:", "data:"],
        "worker-src": ["'self'", "blob:"],
        "style-src": ["'self'", "'unsafe-inline'"],
        "script-src": ["'self'", "'strict-dynamic'"],
    },
    "content_security_policy_nonce_in": ["script-src"],
    "force_https": False,
    "session_cookie_secure": _HTTPS,
}

APP_NAME = theme.NAME
THEME_DEFAULT = theme.THEME
THEME_DARK = None
EXTRA_CATEGORICAL_COLOR_SCHEMES = [theme.COLOURS]
EXTRA_SEQUENTIAL_COLOR_SCHEMES = [theme.DEPTHS]

AUTH_ROLE_PUBLIC = "Public"
PUBLIC_ROLE_LIKE = None  # who has not signed in sees nothing
WTF_CSRF_ENABLED = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = _HTTPS
ENABLE_PROXY_FIX = given.is_on("SUPERSET_BEHIND_PROXY")
ENABLE_CORS = False  # as shipped, every answer invites a server of maps
PERMANENT_SESSION_LIFETIME = timedelta(days=31)
EXTRA_RELATED_QUERY_FILTERS = {"user": accounts.only_for_admins, "role": accounts.only_for_admins}

FEATURE_FLAGS = {"ENABLE_TEMPLATE_PROCESSING": True, "DASHBOARD_RBAC": False}
JINJA_CONTEXT_ADDONS = chart_sql.FUNCTIONS


def _cache(prefix: str, seconds: int) -> dict[str, Any]:
    return {
        "CACHE_TYPE": "SimpleCache",
        "CACHE_THRESHOLD": 500,
        "CACHE_DEFAULT_TIMEOUT": seconds,
        "CACHE_KEY_PREFIX": prefix,
    }


CACHE_CONFIG = _cache("metadata_", 300)
# Under the dashboard's refresh of ten seconds: each refresh is new, and a room full of viewers is
# one query.
DATA_CACHE_CONFIG = _cache("data_", int(os.environ.get("SUPERSET_DATA_CACHE_S", "8")))
# Filters as people set them, under the key in the address of their page.
FILTER_STATE_CACHE_CONFIG = EXPLORE_FORM_DATA_CACHE_CONFIG = {
    "CACHE_TYPE": "FileSystemCache",
    "CACHE_DIR": str(Path(os.environ["SUPERSET_HOME"], "filter_states")),
    "CACHE_THRESHOLD": store.MAX_STATES,
    "CACHE_DEFAULT_TIMEOUT": int(timedelta(days=90).total_seconds()),
    "REFRESH_TIMEOUT_ON_RETRIEVAL": True,
}
EVENT_LOGGER = store.NoEventLog()
CELERY_CONFIG = None
DASHBOARD_AUTO_REFRESH_MODE = "fetch"  # "force" would go around the cache

ALEMBIC_SKIP_LOG_CONFIG = True  # migrations log at LOG_LEVEL, not at INFO
DEFAULT_RELATIVE_START_TIME = (
    "now"  # "Last day" is the last 24 hours; as shipped it is all of yesterday
)
DEFAULT_RELATIVE_END_TIME = "now"
ROW_LIMIT = 10_000
SQL_MAX_ROW = 10_000  # no chart of ours shows more, and all of them lie in memory at once
MAX_CONTENT_LENGTH = bounds.MAX_BYTES
SUPERSET_WEBSERVER_TIMEOUT = 60
SQLLAB_TIMEOUT = 30
LOG_LEVEL = getattr(logging, os.environ.get("SUPERSET_LOG_LEVEL", "WARNING").upper())


def FLASK_APP_MUTATOR(app: Any) -> None:
    """Give the MySQL engine its type names, and bound what those who are no admins may do.

    It takes the names from the MySQLdb module, whatever driver the URI names, and every chart would
    fail without them.
    """
    from mysql.connector.constants import FieldType
    from superset.db_engine_specs.mysql import MySQLEngineSpec

    codes = {code: name for name, code in vars(FieldType).items() if isinstance(code, int)}
    MySQLEngineSpec.type_code_map = codes
    expressions.guard()
    bounds.guard()
    store.bound(app)
    sign_in.watch(app)
    sign_out.remember(app)
    time_words.show(app)
    app.before_request(_pass_over_events_of_nobody)


def _pass_over_events_of_nobody() -> tuple[str, int] | None:
    """Answer the events that a page reports before anybody has signed in.

    The form for signing in reports itself a second after it is shown. Superset 6.1.0 denies that,
    with a new session in the answer; where that comes after the answer to a password, who has signed
    in is nobody again.
    """
    from flask import request, session

    # To ask current_user would change the session, and answer with it.
    is_of_nobody = request.path == "/superset/log/" and "_user_id" not in session
    return ("", 204) if is_of_nobody else None


def _grain(seconds: int) -> str:
    of_day = "HOUR({col}) * 3600 + MINUTE({col}) * 60 + SECOND({col})"
    return f"DATE_ADD(CAST(DATE({{col}}) AS DATETIME), INTERVAL (FLOOR(({of_day}) / {seconds}) * {seconds}) SECOND)"


# Superset 6.1.0 rewrites DATE_ADD(DATE(c), …) into DATE_ADD(c, …), and its own hour and minute
# grains then cut wrongly and say nothing; a CAST survives. Our charts cut in their datasets; these
# are for those made by hand.
TIME_GRAIN_ADDON_EXPRESSIONS = {
    "mysql": {
        "PT1S": _grain(1),
        "PT1M": _grain(60),
        "PT5M": _grain(300),
        "PT10M": _grain(600),
        "PT15M": _grain(900),
        "PT30M": _grain(1800),
        "PT1H": _grain(3600),
    }
}
