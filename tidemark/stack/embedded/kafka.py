"""One Kafka broker, which is its own controller (KRaft), from the jars of jars.lock."""

import base64
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from tidemark.class_archive import mapping_options
from tidemark.errors import SetupError
from tidemark.settings import KafkaSettings
from tidemark.stack import health
from tidemark.stack.embedded.ports import LOOPBACK, answers, free_port
from tidemark.stack.embedded.process import Child
from tidemark.stack.embedded.server import Server

HEAP_MB: Final = 640

_PROPERTIES: Final = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@{host}:{controller_port}
listeners=PLAINTEXT://{host}:{port},CONTROLLER://{host}:{controller_port}
advertised.listeners=PLAINTEXT://{host}:{port}
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs={data}
# Topics are made by `tidemark prepare`, with their retention, and by nobody else.
auto.create.topics.enable=false
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
# One small machine: the defaults are for a dedicated server.
num.network.threads=2
num.io.threads=4
log.cleaner.dedupe.buffer.size=8388608
"""

_LOGGING: Final = """\
status=error
appender.console.type=Console
appender.console.name=console
appender.console.layout.type=PatternLayout
appender.console.layout.pattern=%d{yyyy-MM-dd'T'HH:mm:ss.SSS'Z'}{UTC} %p %c{1} %m%n
rootLogger.level=info
rootLogger.appenderRef.console.ref=console
"""


class Kafka(Server):
    """A broker with all its files in `folder`, on another free port at each start.

    archive_options  of its JVM, instead of those that map the archive of its classes (tidemark/class_archive.py)
    """

    name = "Kafka"

    def __init__(
        self,
        folder: Path,
        *,
        jars: Path,
        java: str,
        log_file: Path,
        archive_options: Sequence[str] | None = None,
    ) -> None:
        if not any(jars.glob("kafka_*.jar")):
            raise SetupError(f"Kafka's jars are not in {jars}; run `make install`")
        self.log_file = log_file
        self.port: int = free_port()
        self._controller_port = free_port()
        self._folder = folder.absolute()
        self._jars = jars.absolute()
        self._java = java
        self._archive_options = (
            mapping_options(jars) if archive_options is None else archive_options
        )

    @property
    def bootstrap(self) -> str:
        return f"{LOOPBACK}:{self.port}"

    def first_command(self) -> list[str] | None:
        if self._data.exists():
            return None
        cluster_id = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        config = self._write_config("format.properties", self._new_data)
        # A cluster id may begin with a dash: as a separate word it would be read as an option.
        return [
            *self._run("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", *mapping_options(self._jars)),
            "kafka.tools.StorageTool",
            "format",
            f"--cluster-id={cluster_id}",
            "--ignore-formatted",
            f"--config={config}",
        ]

    def adopt(self) -> None:
        self._new_data.rename(self._data)

    def command(self) -> list[str]:
        config = self._write_config("server.properties", self._data)
        memory = (
            f"-Xms{HEAP_MB // 2}m",
            f"-Xmx{HEAP_MB}m",
            "-XX:+UseG1GC",
            "-XX:+ExitOnOutOfMemoryError",
        )
        return [*self._run(*memory, *self._archive_options), "kafka.Kafka", str(config)]

    def is_ready(self, child: Child) -> bool:
        return (
            answers(self.port)
            and health.kafka_problem(KafkaSettings(bootstrap=self.bootstrap)) is None
        )

    @property
    def _data(self) -> Path:
        return self._folder / "data"

    @property
    def _new_data(self) -> Path:
        """Return where data is initialized first, so that an interrupted start leaves no half-made data."""
        return self._folder / "data.new"

    def _run(self, *options: str) -> list[str]:
        logging = self._folder / "log4j2.properties"
        logging.write_text(_LOGGING)
        fixed = [
            "-Djava.awt.headless=true",
            f"-XX:ErrorFile={self._folder}/hs_err.log",
            f"-Dlog4j2.configurationFile={logging}",
        ]
        return [self._java, *options, *fixed, "-cp", f"{self._jars}/*"]

    def _write_config(self, name: str, data: Path) -> Path:
        self._folder.mkdir(parents=True, exist_ok=True)
        text = _PROPERTIES.format(
            host=LOOPBACK, port=self.port, controller_port=self._controller_port, data=data
        )
        (self._folder / name).write_text(text)
        return self._folder / name
