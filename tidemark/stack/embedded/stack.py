"""The servers of one data folder: which there are, what waits for what, and what is published about them."""

import asyncio
import os
from datetime import UTC, datetime
from typing import Final

from tidemark.settings import Settings, require
from tidemark.stack.embedded import folder
from tidemark.stack.embedded.board import Board
from tidemark.stack.embedded.dashboards import Dashboards
from tidemark.stack.embedded.database import Database
from tidemark.stack.embedded.kafka import Kafka
from tidemark.stack.embedded.memory import memory_mb
from tidemark.stack.embedded.ports import LOOPBACK
from tidemark.stack.embedded.server import Server
from tidemark.stack.embedded.supervisor import Supervisor, together
from tidemark.stack.embedded.workers import Jobs, Producer
from tidemark.stack.prepare import prepare_data

MEASURE_EVERY_S: Final = 5


class Stack:
    """The servers of a stack; the constructor starts none.

    settings  with all secrets, and an absolute data folder
    """

    def __init__(self, settings: Settings, *, java: str, dashboards_port: int) -> None:
        home, logs = settings.data_dir, settings.data_dir / "logs"
        root_password = require(settings.mysql.root_password, "mysql", "root_password")
        self._kafka = Kafka(
            home / "kafka", jars=settings.jars_dir / "kafka", java=java, log_file=logs / "kafka.log"
        )
        self._database = Database(
            home / "database", root_password=root_password, log_file=logs / "database.log"
        )
        self.settings = _at(settings, self._kafka.bootstrap, self._database.port, dashboards_port)
        self.dashboards = Dashboards(
            home / "superset",
            settings=self.settings,
            port=dashboards_port,
            log_file=logs / "superset.log",
        )
        self._jobs = Jobs(self.settings, log_file=logs / "jobs.log")
        self._producers = [
            Producer(source, self.settings, log_file=logs / f"producer-{source}.log")
            for source in settings.chosen_sources
        ]
        self.servers: list[Server] = [
            *self._producers,
            self._jobs,
            self.dashboards,
            self._kafka,
            self._database,
        ]
        """In the order in which they are stopped: what sends data first, what stores it last."""
        self.running = folder.Running(
            pid=os.getpid(),
            started_at=datetime.now(UTC),
            source=", ".join(settings.chosen_sources),
            dashboards_url=self.dashboards.url,
        )

    async def start(self, supervisor: Supervisor) -> None:
        """Start all servers, in parallel where none waits for another; raise the StackError of one that fails."""
        await together(self._start_data(supervisor), supervisor.bring_up(self.dashboards))

    async def _start_data(self, supervisor: Supervisor) -> None:
        start = supervisor.bring_up
        await together(start(self._kafka), start(self._database))
        await asyncio.to_thread(prepare_data, self.settings, lambda line: None)
        producers = [start(producer) for producer in self._producers]
        await together(start(self._jobs), *producers)

    async def keep_published(self, supervisor: Supervisor, board: Board) -> None:
        """Publish the state for `status` and `down`, measure memory and bound the logs, again and again."""
        while True:
            await asyncio.to_thread(supervisor.cut_logs)
            # All servers are children of this process, and are measured with it.
            now_mb = await asyncio.to_thread(memory_mb, [os.getpid()])
            self.running.peak_memory_mb = max(self.running.peak_memory_mb, now_mb)
            self.publish(supervisor, board)
            await asyncio.sleep(MEASURE_EVERY_S)

    def publish(self, supervisor: Supervisor, board: Board) -> None:
        """Write the state of all servers now, for `status` and `down`."""
        self.running.services = [
            self._service(server, supervisor, board) for server in self.servers
        ]
        folder.write(self.settings.data_dir, self.running)

    def _service(self, server: Server, supervisor: Supervisor, board: Board) -> folder.Service:
        return folder.Service(
            name=server.name,
            state=board.state(server.name),
            note=board.note(server.name),
            pid=supervisor.pid(server),
            port=server.port,
            log_file=server.log_file,
        )


def _at(settings: Settings, bootstrap: str, database_port: int, dashboards_port: int) -> Settings:
    """Return the settings with the addresses of the stack's servers."""
    return settings.model_copy(
        update={
            "kafka": settings.kafka.model_copy(update={"bootstrap": bootstrap}),
            "mysql": settings.mysql.model_copy(update={"host": LOOPBACK, "port": database_port}),
            "superset": settings.superset.model_copy(update={"port": dashboards_port}),
        }
    )
