"""A separate Kafka, database and posts job, as the embedded stack runs them, in a temporary folder."""

import asyncio
import os
import secrets
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
from pydantic import SecretStr

from tidemark import mysql
from tidemark.settings import KafkaSettings, MysqlSettings, Settings, SparkSettings, as_environment
from tidemark.stack.accounts import make_accounts
from tidemark.stack.embedded.database import Database
from tidemark.stack.embedded.kafka import Kafka
from tidemark.stack.embedded.process import Child
from tidemark.stack.embedded.server import Server, bring_up
from tidemark.stack.java import find_java
from tidemark.stack.migrate import migrate
from tidemark.stack.project import FOLDER
from tidemark.stack.topics import make_topics


@dataclass(frozen=True)
class Pipeline:
    """The servers, and where each of their processes is."""

    settings: Settings
    folder: Path
    kafka: Child
    database: Child

    @contextmanager
    def job(self) -> Iterator[Child]:
        """Run the posts job while the block runs."""
        environment = os.environ | as_environment(self.settings)
        command = [sys.executable, "-m", "spark_jobs.posts_job"]
        child = Child(
            "posts job",
            command,
            log_file=self.folder / "job.log",
            environment=environment,
            folder=FOLDER,
        )
        try:
            yield child
        finally:
            child.stop()

    def cpu_s(self, job: Child) -> dict[str, float]:
        """Return the CPU seconds used so far, by process."""
        spent = {"kafka": _cpu_s(self.kafka.pid), "database": _cpu_s(self.database.pid)}
        for process in [psutil.Process(job.pid), *psutil.Process(job.pid).children(recursive=True)]:
            part = _part(process)
            spent[part] = spent.get(part, 0.0) + _cpu_s(process.pid)
        return spent


@contextmanager
def start(*, max_rows_per_batch: int) -> Iterator[Pipeline]:
    """Start and prepare all servers; the job is not started."""
    with ExitStack() as opened:
        folder = Path(opened.enter_context(tempfile.TemporaryDirectory(prefix="tidemark-bench-")))
        accounts = ("root", "migrator", "writer", "reader", "charts")
        passwords = {name: SecretStr(secrets.token_urlsafe(16)) for name in accounts}
        jars = FOLDER / ".jars"
        kafka = Kafka(
            folder / "kafka", jars=jars / "kafka", java=find_java(), log_file=folder / "kafka.log"
        )
        root = passwords["root"].get_secret_value()
        database = Database(
            folder / "database", root_password=root, log_file=folder / "database.log"
        )
        children = [_up(server, opened) for server in (kafka, database)]
        settings = Settings(
            data_dir=folder / "data",
            jars_dir=jars,
            kafka=KafkaSettings(bootstrap=kafka.bootstrap),
            mysql=MysqlSettings(
                port=database.port, **{f"{name}_password": word for name, word in passwords.items()}
            ),
            spark=SparkSettings(max_rows_per_batch=max_rows_per_batch),
        )
        make_accounts(settings.mysql)
        make_topics(settings.kafka)
        migrate(settings.mysql)
        yield Pipeline(settings, folder, *children)


def ask(settings: MysqlSettings, sql: str) -> list[tuple[int, ...]]:
    """Return all rows of a query, as the writer."""
    with mysql.connect(settings, "writer") as connection, connection.cursor() as cursor:
        cursor.execute(sql)
        return list(cursor.fetchall())


def wait_for_log(child: Child, words: str, patience_s: float = 180) -> None:
    deadline = time.monotonic() + patience_s
    while not child.has_logged(words):
        if child.exit_code() is not None or time.monotonic() > deadline:
            raise SystemExit(f"{child.name} did not log {words!r}: {child.last_errors()}")
        time.sleep(0.1)


def _up(server: Server, opened: ExitStack) -> Child:
    child = asyncio.run(bring_up(server))
    opened.callback(child.stop)
    return child


def _part(process: psutil.Process) -> str:
    try:
        if "java" in process.name():
            return "spark jvm"
        return (
            "python workers"
            if any("pyspark.daemon" in word for word in process.cmdline())
            else "driver"
        )
    except psutil.ZombieProcess:
        return "driver"


def _cpu_s(pid: int) -> float:
    spent = psutil.Process(pid).cpu_times()
    return float(spent.user + spent.system)
