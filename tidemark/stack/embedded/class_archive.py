"""Make Java's archive of the classes of Kafka: a broker starts, and stops (tidemark/class_archive.py)."""

import asyncio
import tempfile
from pathlib import Path
from typing import Final

from tidemark.class_archive import new_archive
from tidemark.stack.embedded.kafka import Kafka
from tidemark.stack.embedded.server import bring_up, death
from tidemark.stack.java import find_java

BY_SIGTERM: Final = 143
PATIENCE_S: Final = 120


def archive_kafka(jars: Path) -> None:
    """Write the archive beside the folder `jars`; raise StackError where the broker fails."""
    with new_archive(jars) as options, tempfile.TemporaryDirectory() as folder:
        log_file = Path(folder) / "kafka.log"
        broker = Kafka(
            Path(folder), jars=jars, java=find_java(), log_file=log_file, archive_options=options
        )
        child = asyncio.run(bring_up(broker))
        child.stop(PATIENCE_S)
        if child.exit_code() != BY_SIGTERM:
            raise death(child)
