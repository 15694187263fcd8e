"""Sources that are set aside: too many of their records in a row were rejected (spark_jobs/merging/rejection.py)."""

from dataclasses import dataclass
from datetime import datetime

from tidemark import mysql
from tidemark.settings import Settings


@dataclass(frozen=True)
class SetAside:
    """A source that is set aside.

    since       UTC
    not_stored  records rejected since then, which only Kafka and the lake have
    """

    job: str
    source: str
    since: datetime
    not_stored: int

    def __str__(self) -> str:
        of = f"source {self.source}" if self.source else "records of no known source"
        return (
            f"{self.job}: {of} set aside since {self.since:%Y-%m-%d %H:%M} UTC, as none of it could be read; "
            f"{self.not_stored:,} not stored since; see docs/operate.md, A source is set aside"
        )


def read_set_aside(settings: Settings) -> list[SetAside]:
    """Return the sources that are set aside now, by job and source."""
    with mysql.connect(settings.mysql, "writer") as connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT job, source, set_aside_at, not_stored FROM source_rejects "
            "WHERE set_aside_at IS NOT NULL ORDER BY job, source"
        )
        return [SetAside(*row) for row in cursor.fetchall()]
