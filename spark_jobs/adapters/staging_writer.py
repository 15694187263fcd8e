"""Spark's executors write a batch into a staging table, over JDBC."""

from typing import Any

from pyspark.sql import DataFrame

from spark_jobs.adapters.jdbc import jdbc_of, translate_jdbc_errors
from tidemark.settings import MysqlSettings, require


class StagingWriter:
    """Writes as the account `tidemark_writer`, by the driver that suits the server."""

    def __init__(self, connection: Any, settings: MysqlSettings, database: str) -> None:
        jdbc = jdbc_of(connection)
        self._options = {
            "url": jdbc.url(settings.host, settings.port, database),
            "driver": jdbc.driver,
            "user": "tidemark_writer",
            "password": require(settings.writer_password, "mysql", "writer_password"),
            "batchsize": str(jdbc.batch_rows),
            "isolationLevel": "READ_COMMITTED",
        }

    def write(self, rows: DataFrame, table: str) -> None:
        """Write a batch once, in parallel, a transaction for each task: a task that failed left
        nothing.

        Raises RefusedError where the server refuses the account, MysqlAwayError what may pass,
        StreamError what may not.
        """
        writer = rows.write.format("jdbc").options(**self._options).option("dbtable", table)
        with translate_jdbc_errors():
            writer.mode("append").save()
