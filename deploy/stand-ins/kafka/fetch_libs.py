"""python fetch_libs.py VERSION FOLDER: the jars of a Kafka with its command line tools, which a
broker lacks."""

import shutil
import sys
import tempfile
from pathlib import Path

from tidemark.stack.ivy import Artifact, retrieve
from tidemark.stack.java import find_java

LOGGING_VERSION = "2.25.5"


def main(version: str, folder: Path) -> None:
    wanted = [
        Artifact("kafka", "org.apache.kafka", "kafka_2.13", version),
        Artifact("kafka", "org.apache.kafka", "kafka-tools", version),
        Artifact("kafka", "org.apache.logging.log4j", "log4j-slf4j-impl", LOGGING_VERSION),
    ]
    transitive = frozenset(artifact.name for artifact in wanted)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as workshop:
        for _, path in retrieve(
            wanted, Path(workshop), java=find_java(), report=print, transitive=transitive
        ):
            shutil.copy(path, folder)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
