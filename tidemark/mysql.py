"""Connections to MySQL or MariaDB, each as the account whose work it is."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final, Literal

import mysql.connector
from mysql.connector import errorcode

from tidemark.errors import RefusedError, TidemarkError, UnpreparedError, UnreachableError
from tidemark.settings import MysqlSettings, require, variable

Account = Literal["root", "migrator", "writer", "reader", "charts"]

CONNECT_TIMEOUT_S: Final = 10

_MARIADB_ACCOUNT_LOCKED: Final = 4151
_MARIADB_NO_PASSWORD_ALLOWED: Final = 1698
_LOCKED: Final = frozenset({errorcode.ER_ACCOUNT_HAS_BEEN_LOCKED, _MARIADB_ACCOUNT_LOCKED})
_REFUSALS: Final = _LOCKED | {
    _MARIADB_NO_PASSWORD_ALLOWED,
    errorcode.ER_ACCESS_DENIED_ERROR,
    errorcode.ER_DBACCESS_DENIED_ERROR,
    errorcode.ER_TABLEACCESS_DENIED_ERROR,
    errorcode.ER_MUST_CHANGE_PASSWORD,
    errorcode.ER_MUST_CHANGE_PASSWORD_LOGIN,
}


def user_name(account: Account) -> str:
    return account if account == "root" else f"tidemark_{account}"


def stage_name(settings: MysqlSettings) -> str:
    """Return the name of the database that holds staging tables, beside the real one."""
    return f"{settings.database}_stage"


@contextmanager
def connect(settings: MysqlSettings, account: Account) -> Iterator[Any]:
    """Yield a connection in UTC and utf8mb4, and close it; root's has no default database.

    Raise UnreachableError, RefusedError or UnpreparedError if the server does not answer, refuses the account, or
    has no such database; each names the setting.
    """
    password = require(getattr(settings, f"{account}_password"), "mysql", f"{account}_password")
    try:
        connection = mysql.connector.connect(
            host=settings.host,
            port=settings.port,
            user=user_name(account),
            password=password,
            database=None if account == "root" else settings.database,
            charset="utf8mb4",
            # The connector's own choice is a 0900 collation, which MariaDB does not know.
            collation="utf8mb4_general_ci",
            time_zone="+00:00",
            connection_timeout=CONNECT_TIMEOUT_S,
        )
    except mysql.connector.Error as error:
        raise connection_error(error, settings, account) from error
    try:
        yield connection
    finally:
        connection.close()


def is_refusal(error: mysql.connector.Error) -> bool:
    """Return whether the server refuses the account itself, because of its password, lock or rights."""
    return error.errno in _REFUSALS


def connection_error(
    error: mysql.connector.Error, settings: MysqlSettings, account: Account
) -> TidemarkError:
    """Return the TidemarkError that explains a failed connection, and what to do."""
    where = f"MySQL at {settings.host}:{settings.port}"
    if error.errno in (errorcode.ER_BAD_DB_ERROR, errorcode.ER_DBACCESS_DENIED_ERROR):
        return UnpreparedError(
            f"{where} has no database {settings.database} for {user_name(account)}; set "
            f"{variable('mysql', 'root_password')} and run `tidemark prepare`, which makes it"
        )
    if error.errno in _LOCKED:
        return RefusedError(
            f"{where} has locked {user_name(account)}: ALTER USER … ACCOUNT UNLOCK, unless that was intended"
        )
    if is_refusal(error):
        return RefusedError(
            f"{where} refuses {user_name(account)}: no such account, or another password; check "
            f"{variable('mysql', f'{account}_password')}, or set {variable('mysql', 'root_password')} "
            "and run `tidemark prepare`, which makes the accounts"
        )
    return UnreachableError(
        f"{where} cannot be reached ({error.msg}); is it running? "
        f"Check {variable('mysql', 'host')} and {variable('mysql', 'port')}"
    )
