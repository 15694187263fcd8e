"""The Spark session of a job."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from pyspark.sql import SparkSession

from spark_jobs.adapters.callbacks import guard_callbacks
from spark_jobs.adapters.jvm import silence_jvm_exit
from spark_jobs.adapters.scratch import Scratch
from tidemark.class_archive import mapping_options
from tidemark.errors import SetupError

_LOGGING: Final = Path(__file__).parents[1] / "log4j2.properties"

CONFIG: Final = {
    "spark.sql.session.timeZone": "UTC",
    "spark.ui.showConsoleProgress": "false",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.shuffle.partitions": "2",
    "spark.sql.execution.arrow.maxRecordsPerBatch": "10000",
    # Of large records that many would be 9 GB: each of the two tasks holds an Arrow batch on either
    # side of its pipe.
    "spark.sql.execution.arrow.maxBytesPerBatch": str(16 << 20),
    "spark.sql.streaming.noDataMicroBatches.enabled": "false",
    "spark.sql.streaming.stopTimeout": "10000",
    # How long a stream without new records rests until it asks Kafka again. With Spark's 10 ms the
    # jobs and Kafka take half a core of a stack at rest (0.60 with all else, 0.32 with this); where
    # records come all the time, none rests.
    "spark.sql.streaming.pollingDelay": "50",
    # Over TCP, a task of few records waits 40 ms for its first: Java sends to Python's worker in
    # small pieces, with Nagle's algorithm on, and the kernel acknowledges late.
    "spark.python.unix.domain.socket.enabled": "true",
    # Spark's own checkpoint writer forks some 20 processes (readlink, chmod) a batch: 167 ms a
    # trigger. This one takes 47 ms, and 36 ms where local files go without Hadoop's permission
    # calls (fs.file.impl below).
    "spark.sql.streaming.checkpointFileManagerClass": (
        "org.apache.spark.sql.execution.streaming.checkpointing.FileSystemBasedCheckpointFileManager"
    ),
}
LOCAL_CONFIG: Final = {
    "spark.master": "local[2,4]",  # local[2] would never retry a task
    "spark.driver.memory": "1g",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.ui.enabled": "false",
    # Of the ports by which Spark's parts talk to each other; for local[…] it makes the secret
    # itself.
    "spark.authenticate": "true",
    "spark.hadoop.fs.file.impl": "com.globalmentor.apache.hadoop.fs.BareLocalFileSystem",
}
# G1 pays for short pauses with a quarter more CPU time in the JVM, and no one waits for a pause
# here. Out of memory it ends, and is started again, instead of going on with what has lost a
# thread.
_JAVA_OPTIONS: Final = (
    "-XX:+UseParallelGC",
    "-XX:+ExitOnOutOfMemoryError",
    f"-Dlog4j2.configurationFile={_LOGGING}",
)


def start_session(
    name: str,
    jars_dir: Path | None,
    *,
    scratch: Scratch | None = None,
    archive_options: Sequence[str] | None = None,
) -> SparkSession:
    """Return a session for the job `name`.

    jars_dir         where the jars are, for a session in this process; None under spark-submit, which brings its own
                     jars, master and memory
    scratch          for a session in this process; None: the system's folder for temporary files
    archive_options  of the JVM, in place of those that map the archive of its classes (tidemark/class_archive.py)
    """
    silence_jvm_exit()
    builder = SparkSession.builder.appName(f"tidemark {name}").config(map=dict(CONFIG))
    if jars_dir is not None:
        # PySpark takes these from the environment only: without them its workers run the PATH's
        # python3.
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
        os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
        builder = builder.config(
            map=LOCAL_CONFIG | {"spark.driver.extraClassPath": _class_path(jars_dir)}
        )
        options = [
            *_JAVA_OPTIONS,
            *(mapping_options(jars_dir) if archive_options is None else archive_options),
        ]
        if scratch is not None:
            options += [f"-Djava.io.tmpdir={scratch.folder}"]  # spark.local.dir is the same
            builder = builder.config("spark.python.unix.domain.socket.dir", str(scratch.sockets))
        builder = builder.config(
            "spark.driver.extraJavaOptions", " ".join(f'"{option}"' for option in options)
        )
    session = builder.getOrCreate()
    guard_callbacks(session)
    return session


def _class_path(jars_dir: Path) -> str:
    # Not spark.jars: those are fetched through fs.file.impl, which is in one of them.
    if not any(jars_dir.glob("*.jar")):
        raise SetupError(f"no jars in {jars_dir}; run `make install`, or set TIDEMARK_JARS_DIR")
    return str(jars_dir.resolve() / "*")
