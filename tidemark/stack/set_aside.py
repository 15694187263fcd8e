"""Sources of which so many records in a row were refused that the jobs no longer store them
(spark_jobs/refused.py)."""

from dataclasses import dataclass
from datetime import datetime

from tidemark import mysql
from tidemark.settings import Settings


@dataclass(frozen=True)
class SetAside:
    """since is UTC; not_stored: records refused since then, which are in Kafka and in the lake
    only."""

    job: str
    source: str
    since: datetime
    not_stored: int

    def __str__(self) -> str:
        of = f"source {self.source}" if self.source else "records of no known source"
        return (
            f"{self.job}: {of} set aside since {self.since:%Y-%m-%d %H:%M} UTC, as none of it could be read; "
            f"{self.not_stored:,} not stored since; docs/operate.md tells what to do"
        )


def read_set_aside(settings: Settings) -> list[SetAside]:
    """Return those that are set aside now, by job and source."""
    with mysql.connect(settings.mysql, "writer") as connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT job, source, set_aside_at, not_stored FROM source_rejects "
            "WHERE set_aside_at IS NOT NULL ORDER BY job, source"
        )
        return [SetAside(*row) for row in cursor.fetchall()]
