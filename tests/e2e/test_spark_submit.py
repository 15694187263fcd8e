"""A job as an ordinary Spark application, started the way the README says: in one process, and on a
cluster."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from e2e.spark_cluster import SparkCluster
from kafka import KafkaProducer
from payloads import as_bytes, v2_post
from waiting import wait_until

from tidemark import mysql
from tidemark.settings import KafkaSettings, MysqlSettings
from tidemark.stack.embedded.kafka import Kafka
from tidemark.stack.embedded.ports import LOOPBACK
from tidemark.stack.project import FOLDER
from tidemark.stack.topics import make_topics

BIN = Path(sys.executable).parent
PATIENCE_S = 240


@pytest.fixture
def packed(tmp_path: Path) -> Path:
    """What `make dist` makes: our packages in one archive."""
    subprocess.run(
        [BIN / "hatchling", "build", "-t", "wheel", "-d", tmp_path],
        cwd=FOLDER,
        check=True,
        timeout=60,
    )
    (wheel,) = tmp_path.glob("*.whl")
    return wheel.rename(tmp_path / "tidemark.zip")


@pytest.fixture
def environment(kafka: Kafka, tables: MysqlSettings, tmp_path: Path) -> dict[str, str]:
    """What a job is told, with topics to read."""
    make_topics(KafkaSettings(bootstrap=kafka.bootstrap))
    assert tables.writer_password is not None
    return os.environ | {
        "PYSPARK_PYTHON": sys.executable,
        "SPARK_LOCAL_IP": LOOPBACK,
        "TIDEMARK_KAFKA__BOOTSTRAP": kafka.bootstrap,
        "TIDEMARK_MYSQL__PORT": str(tables.port),
        "TIDEMARK_MYSQL__DATABASE": tables.database,
        "TIDEMARK_MYSQL__WRITER_PASSWORD": tables.writer_password.get_secret_value(),
        "TIDEMARK_DATA_DIR": str(tmp_path / "data"),
    }


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[SparkCluster]:
    cluster = SparkCluster(tmp_path)
    yield cluster
    cluster.stop()


@contextmanager
def submitted(master: str, packed: Path, environment: dict[str, str]) -> Iterator["Submitted"]:
    """spark-submit of the posts job, away from the checkout, so that its code comes from the
    archive."""
    jars = ",".join(str(jar) for jar in sorted((FOLDER / ".jars/spark").glob("*.jar")))
    options = ["--master", master, "--jars", jars, "--py-files", str(packed)]
    log_file = packed.parent / "submit.log"
    with log_file.open("wb") as log:
        process = subprocess.Popen(
            [BIN / "spark-submit", *options, FOLDER / "spark_jobs/posts_job.py"],
            cwd=packed.parent,
            env=environment,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    yield Submitted(process, log_file)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


class Submitted:
    def __init__(self, process: subprocess.Popen[bytes], log_file: Path) -> None:
        self._process = process
        self._log_file = log_file

    def wait_until_stored(self, tables: MysqlSettings, post_id: str, hashtag: str) -> None:
        def is_stored() -> bool:
            assert self._process.poll() is None, self._log_file.read_text()
            with mysql.connect(tables, "reader") as connection, connection.cursor() as cursor:
                cursor.execute(
                    "SELECT post_id, hashtag FROM posts JOIN hashtags USING (source, post_id)"
                )
                return (post_id, hashtag) in cursor.fetchall()

        wait_until(is_stored, patience_s=PATIENCE_S)


def send(kafka: Kafka, post_id: str, hashtag: str) -> None:
    producer = KafkaProducer(bootstrap_servers=kafka.bootstrap)
    producer.send("posts", as_bytes(v2_post(post_id, hashtags=[hashtag])))
    producer.flush()
    producer.close()


def test_a_job_given_to_spark_submit_stores_posts(
    packed: Path, environment: dict[str, str], kafka: Kafka, tables: MysqlSettings
) -> None:
    with submitted("local[2]", packed, environment) as job:
        send(kafka, "4711", "Kafka")
        job.wait_until_stored(tables, "4711", "kafka")


def test_a_job_given_to_a_cluster_stores_posts(
    cluster: SparkCluster,
    packed: Path,
    environment: dict[str, str],
    kafka: Kafka,
    tables: MysqlSettings,
) -> None:
    with submitted(cluster.master, packed, environment) as job:
        send(kafka, "4712", "Cluster")
        job.wait_until_stored(tables, "4712", "cluster")

        (application,) = cluster.state()["activeapps"]
        assert (application["name"], application["state"], application["cores"]) == (
            "tidemark posts",
            "RUNNING",
            2,
        )
