"""Topics, tables and the processes between them, as one thing that a test can drive."""

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

from e2e.recompute import recompute
from e2e.stored import Stored, differences
from e2e.x_posts import post_of
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from posts_job import PATIENCE_S, PostsJob
from servers import MysqlServer
from waiting import wait_until

from tidemark import mysql
from tidemark.contracts.topics import POSTS, REJECTED, TOPICS, Topic
from tidemark.settings import KafkaSettings, MysqlSettings
from tidemark.stack.accounts import make_accounts
from tidemark.stack.broker import administer
from tidemark.stack.embedded.kafka import Kafka
from tidemark.stack.migrate import migrate
from tidemark.stack.project import FOLDER
from tidemark.stack.topics import make_topics

OF_POSTS: Final = (POSTS, REJECTED)
"""What the posts job reads."""

Place = tuple[str, int]
Headers = list[tuple[str, bytes]]
Record = tuple[bytes | None, Headers]
"""A value and headers."""


class Pipeline:
    """`sent` has the payloads of all posts so far, in order: what the tables must be computed
    from."""

    def __init__(
        self, kafka: KafkaSettings, settings: MysqlSettings, stored: Stored, folder: Path
    ) -> None:
        self.kafka = kafka
        self.settings = settings
        self.stored = stored
        self.folder = folder
        self.sent: list[bytes] = []
        self.jobs: list[PostsJob] = []

    def environment(self, data_dir: Path, **settings: object) -> dict[str, str]:
        """Ours, with what a process of the stack is told, and X__LIMIT=3 as TIDEMARK_X__LIMIT."""
        passwords = {"MYSQL__WRITER_PASSWORD": self.settings.writer_password}
        told = {
            "DATA_DIR": data_dir,
            "JARS_DIR": FOLDER / ".jars",
            "KAFKA__BOOTSTRAP": self.kafka.bootstrap,
            "MYSQL__PORT": self.settings.port,
            "MYSQL__DATABASE": self.settings.database,
            **{name: secret.get_secret_value() for name, secret in passwords.items() if secret},
            **settings,
        }
        ours = {
            name: value for name, value in os.environ.items() if not name.startswith("TIDEMARK_")
        }
        return ours | {f"TIDEMARK_{name}": str(value) for name, value in told.items()}

    @property
    def checkpoint(self) -> Path:
        return self.folder / "data" / "checkpoints" / "posts"

    def start_job(
        self,
        *,
        max_rows: int = 100_000,
        data_dir: str = "data",
        name: str = "posts",
        **settings: object,
    ) -> PostsJob:
        """Start it; it is not ready yet. `name` "all" is all jobs in one driver."""
        folder = self.folder / f"job-{len(self.jobs)}"
        folder.mkdir()
        environment = self.environment(
            self.folder / data_dir, SPARK__MAX_ROWS_PER_BATCH=max_rows, **settings
        )
        self.jobs.append(PostsJob(environment, folder, name))
        return self.jobs[-1]

    def kill_jobs(self) -> None:
        for job in self.jobs:
            job.kill_all()

    def produce(self, source: str, name: str, **settings: object) -> None:
        """Run a producer to its end; `name` keeps its cursor apart from others'."""
        done = subprocess.run(
            [sys.executable, "-m", "producer", source],
            cwd=self.folder,
            env=self.environment(self.folder / name, **settings),
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )
        assert done.returncode == 0, done.stderr

    def replay(self, path: Path, name: str) -> None:
        self.produce("replay", name, REPLAY__FILE=path)

    def send(self, records: Iterable[Record]) -> list[tuple[int, int]]:
        """Into topic `posts`, two by two into its two partitions; where each went, as (partition,
        offset)."""
        return self._send(
            (value, headers, number // 2 % 2) for number, (value, headers) in enumerate(records)
        )

    def send_posts(self, payloads: list[bytes]) -> None:
        """Copies of a post into the same partition, where it is clear which of them is the
        first."""
        self._send(
            (payload, [], int(post_of(json.loads(payload))["id"]) % 2) for payload in payloads
        )
        self.sent.extend(payloads)

    def _send(self, records: Iterable[tuple[bytes | None, Headers, int]]) -> list[tuple[int, int]]:
        producer = KafkaProducer(bootstrap_servers=self.kafka.bootstrap, acks="all", linger_ms=5)
        try:
            sent = [
                producer.send(
                    "posts", key=b"anybody", value=value, headers=headers, partition=partition
                )
                for value, headers, partition in records
            ]
            producer.flush(60)
            return [(future.get(1).partition, future.get(1).offset) for future in sent]
        finally:
            producer.close()

    def end_offsets(self, topics: Iterable[Topic] = tuple(TOPICS.values())) -> dict[Place, int]:
        """(topic, partition) → the offset that comes next."""
        consumer = KafkaConsumer(bootstrap_servers=self.kafka.bootstrap, enable_auto_commit=False)
        try:
            places = [
                TopicPartition(t.name, p)
                for t in topics
                for p in consumer.partitions_for_topic(t.name)
            ]
            return {
                (place.topic, place.partition): at
                for place, at in consumer.end_offsets(places).items()
            }
        finally:
            consumer.close()

    def wait_until_drained(self, job: PostsJob) -> None:
        """Until the ledger is where the topics of posts end."""
        end = self.end_offsets(OF_POSTS)

        def is_drained() -> bool:
            assert job.is_running(), job.log()
            return self.stored.next_offsets() == end

        wait_until(is_drained, patience_s=PATIENCE_S)

    def differences(self) -> list[str]:
        """Between the tables and a recompute of all that was sent."""
        return differences(self.stored.tables(), recompute(self.sent))


def renew_topics(settings: KafkaSettings) -> None:
    """Empty topics, with new ids."""
    with administer(settings) as admin:
        old = sorted(set(TOPICS) & set(admin.list_topics()))
        if old:
            admin.delete_topics(old)
            wait_until(lambda: not set(old) & set(admin.list_topics()))
    make_topics(settings)


@contextmanager
def pipeline_on(bootstrap: str, settings: MysqlSettings, folder: Path) -> Iterator[Pipeline]:
    """A pipeline with empty topics on these servers; all its jobs are gone afterwards."""
    kafka = KafkaSettings(bootstrap=bootstrap)
    renew_topics(kafka)
    with ExitStack() as open_things:
        connection = open_things.enter_context(mysql.connect(settings, "root"))
        connection.autocommit = True
        pipeline = Pipeline(kafka, settings, Stored(connection, settings.database), folder)
        open_things.callback(pipeline.kill_jobs)
        yield pipeline


@contextmanager
def new_pipeline(kafka: Kafka, server: MysqlServer, folder: Path) -> Iterator[Pipeline]:
    """The same with tables of its own."""
    settings = server.new_database()
    make_accounts(settings)
    migrate(settings)
    with pipeline_on(kafka.bootstrap, settings, folder) as made:
        yield made
    server.drop(settings)
