"""A local Spark for this folder, set up as that of a job."""

from collections.abc import Iterator

import pytest
from pyspark.sql import SparkSession

from spark_jobs.adapters.session import start_session
from tidemark.stack.project import FOLDER


@pytest.fixture(scope="session")
def session() -> Iterator[SparkSession]:
    session = start_session("tests", FOLDER / ".jars" / "spark")
    yield session
    session.stop()
