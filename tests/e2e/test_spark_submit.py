"""A job as an ordinary Spark application, started the way the README says."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from kafka import KafkaProducer
from payloads import as_bytes, v2_post
from waiting import wait_until

from tidemark import mysql
from tidemark.settings import KafkaSettings, MysqlSettings
from tidemark.stack.embedded.kafka import Kafka
from tidemark.stack.project import FOLDER
from tidemark.stack.topics import make_topics

BIN = Path(sys.executable).parent
PATIENCE_S = 240


@pytest.fixture
def packed(tmp_path: Path) -> Path:
    """What `make dist` makes: our packages in one archive."""
    subprocess.run([BIN / "hatchling", "build", "-t", "wheel", "-d", tmp_path], cwd=FOLDER, check=True, timeout=60)
    (wheel,) = tmp_path.glob("*.whl")
    return wheel.rename(tmp_path / "tidemark.zip")


@pytest.fixture
def submitted(packed: Path, kafka: Kafka, tables: MysqlSettings, tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """spark-submit of the posts job, away from the checkout, so that its code comes from the archive."""
    make_topics(KafkaSettings(bootstrap=kafka.bootstrap))
    assert tables.writer_password is not None
    environment = os.environ | {
        "PYSPARK_PYTHON": sys.executable,
        "TIDEMARK_KAFKA__BOOTSTRAP": kafka.bootstrap,
        "TIDEMARK_MYSQL__PORT": str(tables.port),
        "TIDEMARK_MYSQL__DATABASE": tables.database,
        "TIDEMARK_MYSQL__WRITER_PASSWORD": tables.writer_password.get_secret_value(),
        "TIDEMARK_DATA_DIR": str(tmp_path / "data"),
    }
    jars = ",".join(str(jar) for jar in sorted((FOLDER / ".jars/spark").glob("*.jar")))
    command: list[str | Path] = [
        "--master",
        "local[2]",
        "--jars",
        jars,
        "--py-files",
        packed,
        FOLDER / "spark_jobs/posts_job.py",
    ]
    with (tmp_path / "submit.log").open("wb") as log:
        process = subprocess.Popen(
            [BIN / "spark-submit", *command],
            cwd=tmp_path,
            env=environment,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    yield process
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def test_a_job_given_to_spark_submit_stores_posts(
    submitted: subprocess.Popen[bytes], kafka: Kafka, tables: MysqlSettings, tmp_path: Path
) -> None:
    producer = KafkaProducer(bootstrap_servers=kafka.bootstrap)
    producer.send("posts", as_bytes(v2_post("4711", hashtags=["Kafka"])))
    producer.flush()
    producer.close()

    def stored() -> bool:
        log = (tmp_path / "submit.log").read_text()
        assert submitted.poll() is None, log
        with mysql.connect(tables, "reader") as connection, connection.cursor() as cursor:
            cursor.execute("SELECT post_id, hashtag FROM posts JOIN hashtags USING (source, post_id)")
            return ("4711", "kafka") in cursor.fetchall()

    wait_until(stored, patience_s=PATIENCE_S)
