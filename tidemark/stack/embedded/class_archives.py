"""Java's archives of the classes of Kafka and Spark.

`python -m tidemark.stack.embedded.class_archives` makes them; with --check it says by its exit code
whether they are current.

They save each later start some seconds and cost a minute to make (docs/decisions/0010), so a stack
makes them at low priority once its first chart is there, and the installation makes them for tests.
"""

import asyncio
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import psutil

from tidemark.errors import StackError
from tidemark.settings import load
from tidemark.stack.embedded.class_archive import archive_kafka
from tidemark.stack.embedded.process import Child
from tidemark.stack.java import find_java

_POLL_S: Final = 1.0
_ROOM_BYTES: Final = 3 << 30
"""Spark's JVM takes 1.2 GB while it writes, whatever its heap; the rest is for those who work here."""
_WITHOUT_CHOICE_OF_JAVA: Final = ("env", "-u", "JAVA_HOME", "-u", "PYSPARK_SUBMIT_ARGS")
"""A stack starts its jobs without these (workers.py), and Java maps no archive of another Java."""


def main(arguments: list[str]) -> int:
    """Make both archives where they are not current; return 0, or 1 with --check."""
    jars_dir = load().jars_dir
    if are_current(jars_dir):
        return 0
    if arguments == ["--check"]:
        return 1
    make(jars_dir)
    return 0


def make(jars_dir: Path) -> None:
    """Make both archives; raise StackError or CalledProcessError where a JVM fails."""
    marker = _marker(jars_dir)
    marker.unlink(missing_ok=True)
    archive_kafka(jars_dir / "kafka")
    archive_spark()
    marker.write_text(_made_with(jars_dir))


def archive_spark() -> None:
    """Run the job that loads all that the jobs load; raise CalledProcessError where it fails."""
    job = [sys.executable, "-m", "spark_jobs.class_archive"]
    subprocess.run([*_WITHOUT_CHOICE_OF_JAVA, *job], check=True)


def are_current(jars_dir: Path) -> bool:
    """Return whether Java would map the archives: made by this Java, of these jars, in this folder."""
    marker = _marker(jars_dir)
    if not marker.exists() or marker.read_text() != _made_with(jars_dir):
        return False
    made_at_s = marker.stat().st_mtime
    jars = [*jars_dir.glob("*/*.jar"), *_spark_jars()]
    return all(jar.stat().st_mtime <= made_at_s for jar in jars)


async def make_in_background(jars_dir: Path, log_file: Path) -> None:
    """Make the archives in a child of low priority, which ends with this task; where memory is
    scarce, leave them.

    Raises StackError where it fails.
    """
    if await asyncio.to_thread(are_current, jars_dir) or not has_room():
        return
    nice = [shutil.which("nice") or "nice", "-n", "19"]
    command = [*nice, sys.executable, "-m", "tidemark.stack.embedded.class_archives"]
    child = Child("Java's class archives", command, log_file=log_file)
    try:
        while (exit_code := child.exit_code()) is None:
            await asyncio.sleep(_POLL_S)
    finally:
        child.kill()
    if exit_code != 0:
        raise StackError(f"{child.name} were not made: {child.last_line()} (see {log_file})")


def has_room() -> bool:
    """Return whether the machine can spare what Spark's JVM needs as it writes its archive."""
    return psutil.virtual_memory().available >= _ROOM_BYTES


def _marker(jars_dir: Path) -> Path:
    return jars_dir / "archived-by"


def _spark_jars() -> Iterator[Path]:
    """Yield the jars of Spark itself, which come with PySpark."""
    spec = find_spec("pyspark")
    for folder in (spec and spec.submodule_search_locations) or ():
        yield from Path(folder, "jars").glob("*.jar")


def _made_with(jars_dir: Path) -> str:
    """Return what an archive depends on besides the age of the jars."""
    java = subprocess.run([find_java(), "-version"], check=True, capture_output=True, text=True)
    return f"{java.stderr}pyspark {version('pyspark')}\n{jars_dir.absolute()}\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
