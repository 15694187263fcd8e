"""Installs the jars of Kafka and Spark that jars.lock lists, and no others."""

import hashlib
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from tidemark.errors import SetupError
from tidemark.stack.ivy import Artifact, Report, Retrieve, retrieve
from tidemark.stack.project import JARS_LOCK

WANTED: Final = (
    Artifact("kafka", "org.apache.kafka", "kafka_2.13", "4.4.0"),
    # Kafka logs through slf4j 1.7, which logs nothing without this.
    Artifact("kafka", "org.apache.logging.log4j", "log4j-slf4j-impl", "2.25.5"),
    # Newer than what Kafka asks for, which has known vulnerabilities.
    Artifact("kafka", "at.yawk.lz4", "lz4-java", "1.11.4"),
    Artifact("kafka", "com.fasterxml.jackson.core", "jackson-databind", "2.22.4"),
    Artifact("kafka", "com.fasterxml.jackson.dataformat", "jackson-dataformat-csv", "2.22.4"),
    Artifact("kafka", "com.fasterxml.jackson.dataformat", "jackson-dataformat-yaml", "2.22.4"),
    Artifact("kafka", "com.fasterxml.jackson.datatype", "jackson-datatype-jdk8", "2.22.4"),
    Artifact("kafka", "org.xerial.snappy", "snappy-java", "1.1.10.12"),
    Artifact("spark", "com.globalmentor", "hadoop-bare-naked-local-fs", "0.1.0"),
    Artifact("spark", "com.mysql", "mysql-connector-j", "26.10.0"),
    Artifact("spark", "org.apache.commons", "commons-pool2", "2.13.1"),
    Artifact("spark", "org.apache.kafka", "kafka-clients", "3.9.2"),
    Artifact("spark", "org.apache.spark", "spark-sql-kafka-0-10_2.13", "4.2.0"),
    Artifact("spark", "org.apache.spark", "spark-token-provider-kafka-0-10_2.13", "4.0.0"),
    Artifact("spark", "org.mariadb.jdbc", "mariadb-java-client", "3.5.6"),
)
"""What Tidemark asks for. jars.lock holds these and, for the broker, its dependencies."""

NOTES: Final[Mapping[str, str]] = {
    "jackson-databind": "2.22: CVE-2026-54512 to -54518, which 2.21.2 has.",
    "kafka_2.13": "4.3.1 has CVE-2026-111115 and -83525; 4.3.2 mends them too, but cannot be fetched from Maven.",
    "lz4-java": "1.11.4: CVE-2026-59949, -106450, -106452, -106453; Kafka asks for an older one.",
    "snappy-java": "1.1.10.9 and later: CVE-2026-93451, -108106, -116590; Kafka asks for an older one.",
    "spark-token-provider-kafka-0-10_2.13": "The newest to be had: all works but Kerberos delegation tokens.",
}

_TRANSITIVE: Final = frozenset({"kafka_2.13", "jackson-databind"})

_HEADER: Final = """\
# Every jar: folder below .jars/, Maven coordinates, sha256. `make install` fetches and checks them; a file with
# another hash is not used. Made by `make lock` from what tidemark/stack/jars.py asks for.
"""


def install_jars(
    folder: Path,
    *,
    java: str,
    report: Report,
    only: str | None = None,
    lock: Path = JARS_LOCK,
    retrieve: Retrieve = retrieve,
) -> int:
    """Fetch jars that are missing or damaged, and remove those that the lock does not list.

    Return how many were fetched.

    only  the one group to install: kafka or spark
    """
    locked = {jar: digest for jar, digest in read_lock(lock).items() if only in (None, jar.group)}
    missing = {
        jar: digest for jar, digest in locked.items() if not _is_good(folder / jar.path, digest)
    }
    if missing:
        # On the disk of the jars, so that a finished one is moved into place in one step.
        workshop = folder / ".fetching"
        shutil.rmtree(workshop, ignore_errors=True)
        try:
            fetched = dict(retrieve(missing, workshop.absolute(), java=java, report=report))
            for jar, digest in missing.items():
                _adopt(jar, fetched.get(jar), digest, folder, lock)
        finally:
            shutil.rmtree(workshop, ignore_errors=True)
    _remove_others(folder, locked)
    return len(missing)


def write_lock(*, java: str, report: Report, lock: Path = JARS_LOCK) -> int:
    """Resolve WANTED from scratch and write every jar into the lock; return how many there are."""
    with tempfile.TemporaryDirectory() as workshop:
        fetched = retrieve(WANTED, Path(workshop), java=java, report=report, transitive=_TRANSITIVE)
        digests = {jar: _sha256(path) for jar, path in fetched}
    lines = []
    for jar, digest in sorted(digests.items()):
        lines += [f"# {NOTES[jar.name]}"] if jar.name in NOTES else []
        lines += [f"{jar.group} {jar.coordinates} {digest}"]
    lock.write_text(_HEADER + "\n".join(lines) + "\n")
    return len(digests)


def read_lock(lock: Path) -> dict[Artifact, str]:
    """Return the sha256 of each jar; raise SetupError for a malformed line."""
    locked = {}
    for number, line in enumerate(lock.read_text().splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        try:
            group, coordinates, digest = line.split()
            organisation, name, version = coordinates.split(":")
        except ValueError:
            raise SetupError(
                f"{lock}, line {number}, is not `folder coordinates sha256`; restore the file"
            ) from None
        locked[Artifact(group, organisation, name, version)] = digest
    return locked


def _adopt(jar: Artifact, fetched: Path | None, digest: str, folder: Path, lock: Path) -> None:
    if fetched is None:
        raise SetupError(
            f"{jar.coordinates} could not be fetched; is it still in the Maven repositories?"
        )
    if (found := _sha256(fetched)) != digest:
        raise SetupError(
            f"{jar.coordinates} has sha256 {found}, and {lock.name} says {digest}: the file was not kept. "
            "Somebody may have tampered with it; if you changed the lock, write it again with `make lock`"
        )
    (folder / jar.path).parent.mkdir(parents=True, exist_ok=True)
    fetched.replace(folder / jar.path)


def _remove_others(folder: Path, locked: Mapping[Artifact, str]) -> None:
    """Delete jars of an older lock: Kafka and Spark load everything in their folders."""
    named = {folder / jar.path for jar in locked}
    for group in {jar.group for jar in locked}:
        for path in (folder / group).glob("*.jar"):
            if path not in named:
                path.unlink()


def _is_good(path: Path, digest: str) -> bool:
    if not path.exists():
        return False
    if _sha256(path) == digest:
        return True
    path.unlink()
    return False


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
