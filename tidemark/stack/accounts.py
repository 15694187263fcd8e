"""The databases, and the rights of each account in them. Runs as root; a second run changes nothing."""

from collections.abc import Mapping
from typing import Any, Final

from tidemark import mysql
from tidemark.settings import MysqlSettings, require

_GRANTS: Final[Mapping[mysql.Account, tuple[str | None, str | None]]] = {
    # account: rights on the tables, rights on the staging database
    "migrator": ("ALL PRIVILEGES", "ALL PRIVILEGES"),
    "writer": ("SELECT, INSERT, UPDATE, DELETE", "ALL PRIVILEGES"),
    "reader": ("SELECT", None),
    "charts": (None, None),  # on single tables, in chart_grants.py, once they exist
}

CHART_CONNECTIONS: Final = 30
"""More than Superset has threads, so that no chart is refused; far fewer than the server allows."""
CHART_STATEMENT_S: Final = 20
"""A chart needs a tenth of a second. MySQL's accounts have no such limit: databases/tidemark.yaml sets it."""


def make_accounts(settings: MysqlSettings) -> None:
    """Create missing databases and accounts, and set the passwords and rights of all."""
    with mysql.connect(settings, "root") as connection, connection.cursor() as cursor:
        for database in (settings.database, mysql.stage_name(settings)):
            cursor.execute(
                f"CREATE DATABASE IF NOT EXISTS `{database}` CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci"
            )
        for account, (rights, stage_rights) in _GRANTS.items():
            _make_account(cursor, settings, account)
            if rights is not None:
                _grant(cursor, rights, settings.database, account)
            if stage_rights is not None:
                _grant(cursor, stage_rights, mysql.stage_name(settings), account)
        _limit_charts(cursor)


def _make_account(cursor: Any, settings: MysqlSettings, account: mysql.Account) -> None:
    who = (mysql.user_name(account), "%")
    password = require(getattr(settings, f"{account}_password"), "mysql", f"{account}_password")
    cursor.execute("CREATE USER IF NOT EXISTS %s@%s IDENTIFIED BY %s", (*who, password))
    cursor.execute("ALTER USER %s@%s IDENTIFIED BY %s", (*who, password))


def _limit_charts(cursor: Any) -> None:
    cursor.execute("SELECT VERSION()")
    is_mariadb = "mariadb" in cursor.fetchone()[0].lower()
    limits = f"MAX_USER_CONNECTIONS {CHART_CONNECTIONS}"
    if is_mariadb:
        limits += f" MAX_STATEMENT_TIME {CHART_STATEMENT_S}"
    cursor.execute(f"ALTER USER %s@%s WITH {limits}", (mysql.user_name("charts"), "%"))


def _grant(cursor: Any, rights: str, database: str, account: mysql.Account) -> None:
    # In a GRANT, _ matches any letter: unescaped, the rights on a_b would include axb.
    only = database.replace("_", r"\_")
    cursor.execute(f"GRANT {rights} ON `{only}`.* TO %s@%s", (mysql.user_name(account), "%"))
