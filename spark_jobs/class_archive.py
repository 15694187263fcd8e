"""Make Java's archive of the classes of Spark: `python -m spark_jobs.class_archive`
(tidemark/class_archive.py).

It holds what was loaded, so a stream runs here that has all parts of a job but its servers.
"""

import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

import pyarrow as pa
from py4j.protocol import Py4JJavaError
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, SparkSession

from spark_jobs.adapters.jdbc import MARIADB, MYSQL
from spark_jobs.adapters.session import start_session
from tidemark import log
from tidemark.class_archive import new_archive
from tidemark.errors import SetupError
from tidemark.settings import load

NOBODY: Final = "127.0.0.1", 9
"""Where no server answers: what asks one is loaded all the same."""


def main() -> int:
    log.configure()
    jars_dir = load().jars_dir / "spark"
    with new_archive(jars_dir) as options, tempfile.TemporaryDirectory() as folder:
        session = start_session("class archive", jars_dir, archive_options=options)
        run_stream(session, Path(folder))
        ask_kafka(session)
        end(session)
    return 0


def run_stream(session: SparkSession, folder: Path) -> None:
    """Run one batch through all that a batch of a job goes through."""
    rows = (
        session.readStream.format("rate-micro-batch")
        .option("rowsPerBatch", 10)
        .load()
        .select("value")
    )
    staged = rows.mapInArrow(_as_they_are, rows.schema)
    checkpointed = staged.writeStream.option("checkpointLocation", f"file:{folder}/checkpoint")
    checkpointed.foreachBatch(_write).trigger(once=True).start().awaitTermination()


def _as_they_are(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    yield from batches


def _write(rows: DataFrame, _batch_id: int) -> None:
    rows.collect()
    for jdbc in (MARIADB, MYSQL):
        table = (
            rows.write.format("jdbc")
            .option("driver", jdbc.driver)
            .option("dbtable", "none")
            .mode("append")
        )
        with suppress(Py4JJavaError, PySparkException):
            table.option("url", jdbc.url(*NOBODY, "none")).save()


def ask_kafka(session: SparkSession) -> None:
    host, port = NOBODY
    topic = (
        session.read.format("kafka")
        .option("kafka.bootstrap.servers", f"{host}:{port}")
        .option("subscribe", "none")
    )
    at_once = {
        "kafka.default.api.timeout.ms": 1,
        "kafka.request.timeout.ms": 1,
        "fetchOffset.numRetries": 1,
    }
    with suppress(Py4JJavaError, PySparkException):
        topic.options(**at_once).load().collect()


def end(session: SparkSession) -> None:
    """Stop the session, and wait until its JVM has ended: it writes the archive."""
    gateway = session.sparkContext._gateway  # noqa: SLF001, PySpark has no other way
    session.stop()
    gateway.shutdown()
    gateway.proc.stdin.close()
    if code := gateway.proc.wait():
        raise SetupError(
            f"Spark's JVM ended with {code}, and may not have archived its classes; run this again"
        )


if __name__ == "__main__":
    sys.exit(main())
