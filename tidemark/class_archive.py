"""Java's archive of the classes in a folder of jars (JEP 350).

Most of a start of Kafka or Spark is reading classes out of jars and verifying them. What is
archived, Java maps into its memory as it is. A JVM writes the archive as it ends, of all that it
has loaded.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def class_archive(jars: Path) -> Path:
    """Where it is, if it has been made: beside the folder `jars`, as a folder on the class path
    must hold jars only."""
    return jars.absolute().with_suffix(".jsa")


def mapping_options(jars: Path) -> list[str]:
    """What tells Java to use it; nothing where it has not been made."""
    archive = class_archive(jars)
    # One of another Java, or of jars that have changed since, Java leaves alone; that is no reason
    # for a warning.
    return (
        [f"-XX:SharedArchiveFile={archive}", "-Xlog:cds=off", "-Xlog:cds+dynamic=off"]
        if archive.exists()
        else []
    )


@contextmanager
def new_archive(jars: Path) -> Iterator[list[str]]:
    """What tells a JVM to write it. That JVM must have ended when this is left; where it is left by
    an error, nothing is kept."""
    archive = class_archive(jars)
    # Moved into place when it is whole: a JVM that maps half an archive dies of it.
    new = archive.with_suffix(".new")
    new.unlink(missing_ok=True)
    try:
        # Classes that cannot be archived would be a warning each.
        yield [f"-XX:ArchiveClassesAtExit={new}", "-Xlog:cds=error"]
        if new.exists():  # a Java that has no archive of its own classes writes none of ours
            new.replace(archive)
    finally:
        new.unlink(missing_ok=True)
