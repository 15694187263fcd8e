"""Java's archive of the classes in a folder of jars (JEP 350).

Kafka and Spark spend most of their start reading classes from jars and verifying them; Java maps archived classes
into memory as they are. A JVM writes the archive when it ends, with all classes that it has loaded.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def class_archive(jars: Path) -> Path:
    """Return the archive's path: beside the folder `jars`, as a folder on the class path must hold jars only."""
    return jars.absolute().with_suffix(".jsa")


def mapping_options(jars: Path) -> list[str]:
    """Return the options that make Java use the archive; none if there is no archive."""
    archive = class_archive(jars)
    if not archive.exists():
        return []
    # Java ignores an archive of another Java or of other jars; it need not warn about that.
    return [f"-XX:SharedArchiveFile={archive}", "-Xlog:cds=off", "-Xlog:cds+dynamic=off"]


@contextmanager
def new_archive(jars: Path) -> Iterator[list[str]]:
    """Yield the options that make a JVM write the archive, and move it into place afterwards.

    That JVM must have ended when the block ends; if the block raises, nothing is kept.
    """
    archive = class_archive(jars)
    # Moved into place once complete: a JVM that maps half an archive crashes.
    new = archive.with_suffix(".new")
    new.unlink(missing_ok=True)
    try:
        # Without this, each class that cannot be archived is a warning.
        yield [f"-XX:ArchiveClassesAtExit={new}", "-Xlog:cds=error"]
        if new.exists():  # a Java without an archive of the JDK's classes writes no other either
            new.replace(archive)
    finally:
        new.unlink(missing_ok=True)
