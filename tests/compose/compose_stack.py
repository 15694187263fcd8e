"""Tidemark in containers, as people start it, with ports of its own; and what its topics and tables
hold."""

import json
import os
import signal
import subprocess
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final

from dashboard_api import Api
from e2e.made_up import made_up
from e2e.recompute import COLUMNS, Tables, recompute
from e2e.stored import Stored, differences
from e2e.x_posts import post_of
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from pydantic import SecretStr
from waiting import wait_until

from tidemark import mysql
from tidemark.contracts.topics import POSTS, REJECTED
from tidemark.settings import MysqlSettings
from tidemark.stack.embedded.ports import free_port
from tidemark.stack.project import FOLDER

PATIENCE_S: Final = 300
BUILD_PATIENCE_S: Final = 1200
ASK_EVERY_S: Final = 0.5
"""More often, asking takes the time that a start needs."""
JVMS: Final = {"kafka", "kafka-2", "kafka-3", "spark", "spark-master", "spark-worker"}
PROJECT: Final = "tidemark-test"
SERVERS: Final = ("kafka", "mysql", "superset", "spark", "producer")
"""What stays up; `secrets` and `prepare` do their work and end."""
PORTS: Final = (
    *("KAFKA_PORT", "KAFKA_2_PORT", "KAFKA_3_PORT", "SPARK_UI_PORT"),
    *("TIDEMARK_MYSQL__PORT", "TIDEMARK_NOTEBOOK__PORT", "TIDEMARK_SUPERSET__PORT"),
)

Place = tuple[str, int]


class ComposeStack:
    """Nothing is up until up(). Settings come from the environment alone, as if there were no .env.

    servers  what is to be up, with all that it depends on
    """

    def __init__(self, servers: Sequence[str] = SERVERS, **settings: str) -> None:
        self._servers = servers
        self._sent = 0
        self._root_password = ""
        self.ports = {variable: free_port() for variable in PORTS}
        others = {
            name: value for name, value in os.environ.items() if not name.startswith("TIDEMARK_")
        }
        self.environment = others | {
            "COMPOSE_PROJECT_NAME": PROJECT,
            "COMPOSE_FILE": "docker-compose.yml",
            "COMPOSE_DISABLE_ENV_FILE": "1",
            **{variable: str(port) for variable, port in self.ports.items()},
            **settings,
        }

    # ---- containers

    def compose(self, *arguments: str, patience_s: float = PATIENCE_S) -> str:
        """`docker compose ARGUMENTS`; what it printed, and an AssertionError with all it said where
        it fails."""
        return self._run(["docker", "compose", *arguments], patience_s)

    def docker(self, *arguments: str) -> str:
        return self._run(["docker", *arguments], PATIENCE_S)

    def _run(self, command: list[str], patience_s: float) -> str:
        done = subprocess.run(
            command,
            cwd=FOLDER,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=patience_s,
            check=False,
        )
        assert done.returncode == 0, (
            f"{' '.join(command)}: {done.stderr[-3000:]}{done.stdout[-2000:]}"
        )
        return done.stdout

    @contextmanager
    def running(self, folder: Path) -> Iterator["ComposeStack"]:
        """Up from nothing; all of it is gone afterwards.

        folder  for a file of our own
        """
        self.environment["COMPOSE_FILE"] += f":{_brief_jvms(folder, JVMS & set(self._servers))}"
        self.compose("--profile", "*", "down", "--volumes")
        try:
            self.up()
            yield self
        finally:
            self.compose("--profile", "*", "down", "--volumes")

    def up(self, *profiles: str) -> None:
        """Returns once all servers are well, and of each profile the service of its name."""
        chosen = [f"--profile={profile}" for profile in profiles]
        self.compose(
            *chosen,
            "up",
            "--wait",
            "--build",
            *self._servers,
            *profiles,
            patience_s=BUILD_PATIENCE_S,
        )

    def inspect(self, service: str) -> dict[str, Any]:
        """Of a service with several containers, the first."""
        numbers = self._ps("{{.ID}}", f"--filter=label=com.docker.compose.service={service}")
        assert numbers, f"there is no container of {service}"
        return min(
            json.loads(self.docker("inspect", *numbers)), key=lambda found: str(found["Name"])
        )

    def kill(self, *services: str) -> None:
        """SIGKILL from outside, as the kernel does it; `docker kill` would tell Docker not to start
        it again.

        Several at once; of a service with several containers, the first.
        """
        before = {service: self.inspect(service)["State"] for service in services}
        for state in before.values():
            os.kill(state["Pid"], signal.SIGKILL)
        for service, state in before.items():
            restarted = partial(self._was_started_after, service, state["StartedAt"])
            wait_until(restarted, patience_s=PATIENCE_S, every_s=ASK_EVERY_S)

    def wait_until_well(self) -> None:
        wait_until(self._is_well, patience_s=PATIENCE_S, every_s=ASK_EVERY_S)

    def _is_well(self) -> bool:
        told = [
            line.split(" ", 1)
            for line in self._ps('{{.Label "com.docker.compose.service"}} {{.Status}}')
        ]
        ill = {service for service, status in told if not status.endswith("(healthy)")}
        return {service for service, _ in told} >= set(self._servers) and not ill & set(
            self._servers
        )

    def _ps(self, form: str, *filters: str) -> list[str]:
        """A line for each container. Docker is asked: Compose takes ten times as long, to read its
        files."""
        ours = (
            f"--filter=label=com.docker.compose.project={self.environment['COMPOSE_PROJECT_NAME']}"
        )
        return self.docker("ps", "--all", ours, *filters, f"--format={form}").splitlines()

    def _was_started_after(self, service: str, at: str) -> bool:
        return bool(self.inspect(service)["State"]["StartedAt"] != at)

    def secret(self, service: str, name: str) -> str:
        return self.compose("exec", "--no-TTY", service, "cat", f"/run/tidemark/{name}")

    # ---- what it holds

    def superset(self) -> Api:
        """As the viewer."""
        password = self.secret("superset", "SUPERSET_VIEWER_PASSWORD")
        return Api(f"http://127.0.0.1:{self.ports['TIDEMARK_SUPERSET__PORT']}", "viewer", password)

    def jvms_on_the_archive(self, service: str, index: int = 1) -> int:
        """How many processes of a container have mapped the classes of Spark from Java's
        archive."""
        count = "grep -l /opt/tidemark/jars/spark.jsa /proc/[0-9]*/maps 2>/dev/null | wc -l"
        return int(self.compose("exec", "--no-TTY", f"--index={index}", service, "sh", "-c", count))

    @contextmanager
    def stored(self) -> Iterator[Stored]:
        self._root_password = self._root_password or self.secret("mysql", "root_password")
        password = SecretStr(self._root_password)
        settings = MysqlSettings(port=self.ports["TIDEMARK_MYSQL__PORT"], root_password=password)
        with mysql.connect(settings, "root") as connection:
            connection.autocommit = True
            yield Stored(connection, settings.database)

    def send_posts(self, count: int = 200) -> None:
        """New ones at each call, through the published port, acknowledged; copies of a post into
        one partition."""
        payloads = made_up(count, first=self._sent)
        self._sent += count
        producer = KafkaProducer(bootstrap_servers=self._bootstrap, acks="all", linger_ms=5)
        try:
            sent = [
                producer.send("posts", key=_key(payload), value=payload) for payload in payloads
            ]
            producer.flush(60)
            for future in sent:
                future.get(1)
        finally:
            producer.close()

    def check_tables(self) -> None:
        """With the producer stopped, and all merged: the tables are what a recount of the topic
        says, row by row."""
        self.compose("stop", "producer")
        ends = self.end_offsets()
        wait_until(lambda: self.next_offsets() == ends, patience_s=PATIENCE_S, every_s=ASK_EVERY_S)
        with self.stored() as stored:
            rejected, counted, found = (
                stored.rejected(),
                stored.records_counted("posts"),
                stored.tables(),
            )
        by_source: dict[str, list[bytes]] = {}
        records = self._records(ends)
        for place, (source, payload) in records.items():
            if place not in rejected:
                by_source.setdefault(source, []).append(payload)
        assert counted == (len(records), len(rejected))
        assert differences(found, _recount(by_source)) == []
        self.compose("start", "producer")

    def places_in_lake(self) -> list[tuple[int, int]]:
        """Partition and offset of each post that the lake holds, in order."""
        folder = f"/tmp/{uuid.uuid4()}"
        inside = ("exec", "--no-TTY", "spark")
        self.compose(
            *inside,
            "python",
            "-m",
            "tidemark",
            "export",
            "posts",
            "--format=jsonl",
            f"--into={folder}",
        )
        rows = map(json.loads, self.compose(*inside, "cat", f"{folder}/posts.jsonl").splitlines())
        return sorted((row["kafka_partition"], row["kafka_offset"]) for row in rows)

    def _records(self, ends: dict[Place, int]) -> dict[tuple[str, int, int], tuple[str, bytes]]:
        """(topic, partition, offset) → source and payload, of all records, in order."""
        consumer = KafkaConsumer(bootstrap_servers=self._bootstrap, enable_auto_commit=False)
        found: dict[tuple[str, int, int], tuple[str, bytes]] = {}
        try:
            for (topic, partition), end in ends.items():
                place = TopicPartition(topic, partition)
                consumer.assign([place])
                consumer.seek_to_beginning(place)
                while consumer.position(place) < end:
                    for record in consumer.poll(timeout_ms=1000).get(place, []):
                        source = dict(record.headers).get("source", b"x").decode()
                        found[topic, partition, record.offset] = (source, record.value or b"")
        finally:
            consumer.close()
        return found

    def end_offsets(self) -> dict[Place, int]:
        """Of all that the job reads, what comes next in Kafka."""
        consumer = KafkaConsumer(bootstrap_servers=self._bootstrap, enable_auto_commit=False)
        try:
            read = (POSTS, REJECTED)
            places = [
                TopicPartition(t.name, p)
                for t in read
                for p in consumer.partitions_for_topic(t.name)
            ]
            return {
                (place.topic, place.partition): at
                for place, at in consumer.end_offsets(places).items()
            }
        finally:
            consumer.close()

    def next_offsets(self) -> dict[Place, int]:
        """What the job wants next."""
        with self.stored() as stored:
            return stored.next_offsets()

    @property
    def _bootstrap(self) -> str:
        return f"127.0.0.1:{self.ports['KAFKA_PORT']}"


def _brief_jvms(folder: Path, services: Iterable[str]) -> Path:
    """A file for Compose that keeps their JVMs from what pays off in hours only, as
    tests/conftest.py does for all."""
    told = {"services": {name: {"environment": ["JDK_JAVA_OPTIONS"]} for name in services}}
    path = folder / "brief-jvms.json"
    path.write_text(json.dumps(told))
    return path


def _key(payload: bytes) -> bytes:
    return str(post_of(json.loads(payload))["id"]).encode()


def _recount(by_source: dict[str, list[bytes]]) -> Tables:
    tables: Tables = {table: [] for table in COLUMNS}
    for source, payloads in by_source.items():
        for table, rows in recompute(payloads, source).items():
            tables[table] += rows
    return tables
