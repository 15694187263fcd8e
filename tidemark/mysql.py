"""Connections to MySQL or MariaDB, each as the account whose work it is."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final, Literal

import mysql.connector
from mysql.connector import errorcode

from tidemark.errors import SettingsError
from tidemark.settings import MysqlSettings, require, variable

Account = Literal["root", "migrator", "writer", "reader", "charts"]

CONNECT_TIMEOUT_S: Final = 10


def user_name(account: Account) -> str:
    return account if account == "root" else f"tidemark_{account}"


def stage_name(settings: MysqlSettings) -> str:
    """The database beside the real one that holds what is on its way in."""
    return f"{settings.database}_stage"


@contextmanager
def connect(settings: MysqlSettings, account: Account) -> Iterator[Any]:
    """A connection in UTC and utf8mb4, closed afterwards; root is in no database, the others in theirs.

    SettingsError names the setting where the server is not there or refuses the account.
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
        raise SettingsError(_explain(error, settings, account)) from error
    try:
        yield connection
    finally:
        connection.close()


def _explain(error: mysql.connector.Error, settings: MysqlSettings, account: Account) -> str:
    where = f"MySQL at {settings.host}:{settings.port}"
    if error.errno == errorcode.ER_ACCESS_DENIED_ERROR:
        return (
            f"{where} refuses {user_name(account)}: no such account, or another password; check "
            f"{variable('mysql', f'{account}_password')}, or set {variable('mysql', 'root_password')} "
            "and run `tidemark prepare`, which makes the accounts"
        )
    if error.errno in (errorcode.ER_BAD_DB_ERROR, errorcode.ER_DBACCESS_DENIED_ERROR):
        return (
            f"{where} has no database {settings.database} for {user_name(account)}; set "
            f"{variable('mysql', 'root_password')} and run `tidemark prepare`, which makes it"
        )
    return (
        f"{where} cannot be reached ({error.msg}); is it running? "
        f"Check {variable('mysql', 'host')} and {variable('mysql', 'port')}"
    )
