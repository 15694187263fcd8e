"""Records that cannot be read, with their bytes and where they lie in Kafka."""

from typing import Final

from spark_jobs.merges.run import Run
from spark_jobs.merges.sql_files import read_sql

_INSERT_REJECTED: Final = read_sql(__name__, "insert_rejected")


def store_rejected(run: Run, job: str) -> None:
    """Store the rejected records of a batch of `job`."""
    if run.batch.rejected:
        run.execute(_INSERT_REJECTED, (job, job))
