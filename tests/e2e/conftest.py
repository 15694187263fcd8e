"""The whole way of a post, in real processes on real servers."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from e2e.pipeline import Pipeline, new_pipeline, pipeline_on
from posts_job import PostsJob
from servers import MysqlServer

from tidemark.settings import MysqlSettings
from tidemark.stack.embedded.kafka import Kafka
from tidemark.stack.project import FOLDER

RECORDED = FOLDER.parent / "shared" / "data"


@pytest.fixture
def pipeline(kafka: Kafka, tables: MysqlSettings, tmp_path: Path) -> Iterator[Pipeline]:
    """Empty topics and tables, and no job yet, for one test."""
    with pipeline_on(kafka.bootstrap, tables, tmp_path) as made:
        yield made


@pytest.fixture(scope="module")
def running(
    kafka: Kafka, mysql: MysqlServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Pipeline]:
    """A pipeline with a job at work, for all tests of a module: each adds to what is there."""
    with new_pipeline(kafka, mysql, tmp_path_factory.mktemp("pipeline")) as made:
        made.start_job().wait_until_ready()
        yield made


@pytest.fixture(scope="module")
def job(running: Pipeline) -> PostsJob:
    """The job of `running`."""
    return running.jobs[0]


@pytest.fixture(scope="session")
def recorded() -> Path:
    """The folder of recorded payloads, which are not ours to keep in the project."""
    if not RECORDED.is_dir():
        pytest.skip(f"no recorded payloads in {RECORDED}; made-up ones are tested in any case")
    return RECORDED
