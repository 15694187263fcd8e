"""Servers that tests share, as their fixtures hand them out."""

import secrets
from dataclasses import dataclass

from tidemark import mysql
from tidemark.settings import MysqlSettings


@dataclass(frozen=True)
class MysqlServer:
    """A MariaDB or MySQL and the passwords of its accounts; each test takes databases of its own in
    it."""

    settings: MysqlSettings

    def new_database(self) -> MysqlSettings:
        """Settings for a database that does not exist yet; make_accounts makes it."""
        return self.settings.model_copy(update={"database": f"t_{secrets.token_hex(6)}"})

    def drop(self, settings: MysqlSettings) -> None:
        with mysql.connect(settings, "root") as connection, connection.cursor() as cursor:
            for name in (settings.database, mysql.stage_name(settings)):
                cursor.execute(f"DROP DATABASE IF EXISTS `{name}`")
