"""Names of MySQL's named locks (GET_LOCK), for work of which a database allows one process at a time.

All accounts of a server share these names, and any account that may SELECT may lock any name: with a name that can
be guessed, a reader could keep the jobs from starting.
"""

import hmac
from typing import Final

from tidemark.mysql import Account
from tidemark.settings import MysqlSettings, require

NAME_LENGTH: Final = 56
"""MySQL allows 64 characters."""


def lock_name(settings: MysqlSettings, account: Account, work: str) -> str:
    """Return the name of the lock of `work` on this database, which is derived from the account's password.

    It changes with the password, so stop what holds the lock before you change the password.
    """
    password = require(getattr(settings, f"{account}_password"), "mysql", f"{account}_password")
    digest = hmac.digest(password.encode(), f"{settings.database}\0{work}".encode(), "sha256")
    return digest.hex()[:NAME_LENGTH]
