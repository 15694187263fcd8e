"""Names of MySQL's named locks (GET_LOCK): which work may run once only on a database.

All accounts of a server share one set of names, and whoever may SELECT may take any of them: a name
that can be guessed is one with which a reader keeps the jobs from starting.
"""

import hmac
from typing import Final

from tidemark.mysql import Account
from tidemark.settings import MysqlSettings, require

NAME_LENGTH: Final = 56
"""MySQL takes 64 characters."""


def lock_name(settings: MysqlSettings, account: Account, work: str) -> str:
    """Return the name of the lock of `work` on this database: only who knows the account's password
    can tell it.

    It changes with the password, so what holds the lock must be stopped before the password is
    changed.
    """
    password = require(getattr(settings, f"{account}_password"), "mysql", f"{account}_password")
    digest = hmac.digest(password.encode(), f"{settings.database}\0{work}".encode(), "sha256")
    return digest.hex()[:NAME_LENGTH]
