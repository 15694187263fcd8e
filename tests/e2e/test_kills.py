"""Everything is killed in turn while three sources send: no event is lost, none is twice, wherever
one looks."""

import csv
import hashlib
import json
import sys
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import pytest
from e2e.arrived import JOBS, event_ids, in_lake, is_through, kafka_records, placed
from e2e.hour_sources import HOURS, HourSource
from e2e.pipeline import pipeline_on
from e2e.stored import Stored, differences
from e2e.supervisor import Running, Supervisor, driver, program, server
from mysql.connector import Error as DatabaseError
from pydantic import SecretStr

from producer.clock import SystemClock
from tidemark import mysql
from tidemark.contracts.topics import EDITS, POSTS, Topic
from tidemark.errors import TidemarkError
from tidemark.lake.location import LakeLocation
from tidemark.settings import MysqlSettings
from tidemark.stack.accounts import make_accounts
from tidemark.stack.embedded.database import Database
from tidemark.stack.embedded.kafka import Kafka
from tidemark.stack.java import find_java
from tidemark.stack.migrate import migrate
from tidemark.stack.project import FOLDER

EVERY = 20
"""Rows of an exported file; all that is sent fills files."""
PASSWORD = "of a server that lives for one test"


class World:
    """Servers of its own, the sources, and all that runs between them and the files."""

    def __init__(self, folder: Path, open_things: ExitStack) -> None:
        self._open_things = open_things
        self.folder = folder
        self.place = LakeLocation(str(folder / "lake"))
        self.kafka = Kafka(
            folder / "kafka",
            jars=FOLDER / ".jars" / "kafka",
            java=find_java(),
            log_file=folder / "kafka.log",
        )
        self.database = Database(
            folder / "database",
            root_password=PASSWORD,
            log_file=folder / "database.log",
            buffer_pool_mb=256,
        )
        self.supervisor = open_things.enter_context(Supervisor())
        self.supervisor.add("kafka", lambda: server(self.kafka))
        self.supervisor.add("mysql", lambda: server(self.database))
        accounts = ("root", "migrator", "writer", "reader", "charts")
        passwords = {f"{account}_password": SecretStr(PASSWORD) for account in accounts}
        self.settings = MysqlSettings(port=self.database.port, **passwords)
        make_accounts(self.settings)
        migrate(self.settings)
        self.pipeline = open_things.enter_context(
            pipeline_on(self.kafka.bootstrap, self.settings, folder)
        )
        clock = SystemClock()
        self.sources = [
            open_things.enter_context(make(clock, length_s=600, step_s=0.05)) for make in HOURS
        ]

    def start(self) -> None:
        self.supervisor.add("spark", self.drive)
        for source in self.sources:
            self.supervisor.add(source.name, lambda source=source: self.listen(source))  # type: ignore[misc]
        for topic in (POSTS, EDITS):
            self.supervisor.add(f"export {topic.name}", lambda topic=topic: self.export(topic))  # type: ignore[misc]

    def drive(self) -> Running:
        return driver(
            self.pipeline.start_job(name="all", LAKE__PATH=self.place.uri, LAKE__EVERY_S=3)
        )

    def listen(self, source: HourSource) -> Running:
        environment = self.pipeline.environment(self.folder / source.name, **source.settings())
        arguments = [sys.executable, "-m", "producer", source.name]
        return program(arguments, environment, self.folder / f"{source.name}.log")

    def export(self, topic: Topic) -> Running:
        command = f"-m tidemark export {topic.name} --follow --format csv --every {EVERY} --into"
        environment = self.pipeline.environment(self.folder, LAKE__PATH=self.place.uri)
        log_file = self.folder / f"export-{topic.name}.log"
        return program(
            [sys.executable, *command.split(), str(self.exported(topic))], environment, log_file
        )

    def exported(self, topic: Topic) -> Path:
        return self.folder / "exports" / topic.name

    def connect_anew(self) -> None:
        """The connection to the tables was killed with the server."""
        connection = self._open_things.enter_context(mysql.connect(self.settings, "root"))
        connection.autocommit = True
        self.pipeline.stored = Stored(connection, self.settings.database)

    def counts(self) -> dict[str, int]:
        """How many are in the tables, of each source, and, having come through the lake, in
        exported files; nothing while MySQL is away."""
        found = dict[str, int]()
        with (
            suppress(DatabaseError, TidemarkError),
            mysql.connect(self.settings, "reader") as connection,
        ):
            for topic in (POSTS, EDITS):
                cursor = connection.cursor()
                cursor.execute(f"SELECT source, COUNT(*) FROM {topic.name} GROUP BY source")
                found |= {f"{source} in tables": count for source, count in cursor.fetchall()}
                found[f"{topic.name} exported"] = sum(
                    file["rows"] for file in manifest(self.exported(topic))
                )
        return found

    def wait_until_all_goes_on(self) -> None:
        """Until there is more of everything, everywhere."""
        before: dict[str, int] = {}

        def goes_on() -> bool:
            now = self.counts()
            if not before:
                before.update(now)
            return len(now) == 5 and all(now[name] > before.get(name, 0) for name in now)

        self.supervisor.wait_until(goes_on, patience_s=180)


def manifest(folder: Path) -> list[dict[str, Any]]:
    """What is told of each file that is complete."""
    path = folder / "manifest.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)[1:] if path.exists() else []
    return [json.loads(line) for line in lines if line.endswith(b"\n")]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with ExitStack() as open_things:
        yield World(tmp_path, open_things)


def test_each_is_killed_in_turn_and_every_event_is_everywhere_once(world: World) -> None:
    world.start()
    world.wait_until_all_goes_on()
    for names in (
        [*(source.name for source in world.sources), "export posts", "export edits"],
        ["spark"],
        ["mysql"],
        ["kafka"],
    ):
        drivers = world.supervisor.started["spark"]
        world.supervisor.kill(*names)
        world.wait_until_all_goes_on()
        if names == ["mysql"]:
            assert (
                world.supervisor.started["spark"] == drivers
            )  # it waited, and goes on as the same process
    for source in world.sources:
        source.hour.end(EVERY)
    expected = {source.name: source.event_ids(source.healable()) for source in world.sources}
    rows = {
        topic: sum(len(expected[s.name]) for s in world.sources if s.topic == topic)
        for topic in (POSTS, EDITS)
    }

    def all_is_exported() -> bool:
        counts = world.counts()
        return all(counts.get(f"{topic.name} exported", 0) >= rows[topic] for topic in rows)

    with suppress(AssertionError):  # what is missing is said below
        world.supervisor.wait_until(all_is_exported, patience_s=60)
    world.connect_anew()
    world.supervisor.wait_until(lambda: is_through(world.pipeline, world.place))

    records = {topic: kafka_records(world.kafka.bootstrap, topic) for topic in rows}
    for source in world.sources:
        assert event_ids(records[source.topic], source.name) == expected[source.name]
        assert differences(source.stored(world.pipeline), source.recomputed(world.pipeline)) == []
    for topic in rows:
        assert in_lake(world.place, topic) == placed(records[topic])
        assert exported_places(world.exported(topic)) == [
            place[:2] for place in placed(records[topic])
        ]
    assert (
        world.pipeline.stored.rows("SELECT * FROM {db}.source_gaps WHERE state <> 'healed'") == []
    )
    assert [world.pipeline.stored.records_counted(job) for job in JOBS[:2]] == [
        (rows[POSTS], 0),
        (rows[EDITS], 0),
    ]
    logs = "".join(job.log() for job in world.pipeline.jobs)
    assert [line for line in logs.splitlines() if " kafka." in line] == []


def exported_places(folder: Path) -> list[tuple[int, int]]:
    """(partition, offset) of each row of the files, which are those and as those that the manifest
    tells of."""
    told = manifest(folder)
    found = []
    for file in told:
        content = (folder / file["file"]).read_bytes()
        assert (len(content), hashlib.sha256(content).hexdigest()) == (
            file["bytes"],
            file["sha256"],
        )
        lines = list(csv.DictReader(content.decode().splitlines()))
        assert len(lines) == file["rows"] == EVERY
        found += [(int(line["kafka_partition"]), int(line["kafka_offset"])) for line in lines]
    assert {path.name for path in folder.iterdir()} == {
        "manifest.jsonl",
        *(file["file"] for file in told),
    }
    return sorted(found)
