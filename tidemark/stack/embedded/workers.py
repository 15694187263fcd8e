"""What works for the stack and takes no questions: producers and Spark jobs."""

import sys
from collections.abc import Set
from pathlib import Path
from typing import Final

from pydantic import BaseModel, SecretStr

from tidemark.contracts.sources import SOURCES
from tidemark.settings import Settings, SourceName, as_environment
from tidemark.stack.embedded.process import Child
from tidemark.stack.embedded.server import Server

_Secret = tuple[str, str]
"""The part of the settings, and the field in it."""

_OF_JOBS: Final[Set[_Secret]] = {
    ("mysql", "writer_password"),
    ("lake", "s3_access_key"),
    ("lake", "s3_secret_key"),
}


class Jobs(Server):
    """All Spark jobs, in one driver, `local`, on as many cores as it is told.

    Started again it goes on where the ledger is, so that no kind of end loses or doubles anything.
    """

    name = "Spark"
    may_restart = True

    def __init__(self, settings: Settings, *, log_file: Path) -> None:
        self.log_file = log_file
        self.environment = as_environment(_with_only(settings, _OF_JOBS))
        # They would win: over the `java` on the PATH, which is the one that was found good, and
        # over our own Spark.
        for name in ("JAVA_HOME", "PYSPARK_SUBMIT_ARGS"):
            self.environment.pop(name, None)

    def command(self) -> list[str]:
        return [sys.executable, "-m", "spark_jobs.all_jobs"]

    def is_ready(self, child: Child) -> bool:
        return child.has_said("job ready")


class Producer(Server):
    """A source read into its topic. A source may come to its end; then it has done its work."""

    may_finish = True
    may_restart = True
    may_be_left_out = True

    def __init__(self, source: SourceName, settings: Settings, *, log_file: Path) -> None:
        self.name = f"Producer ({source})"
        self.log_file = log_file
        secrets = {(source, field) for field in SOURCES[source].secrets}
        self.environment = as_environment(_with_only(settings, secrets))
        self._source = source

    def command(self) -> list[str]:
        return [sys.executable, "-m", "producer", self._source]

    def is_ready(self, child: Child) -> bool:
        """Return True as soon as it is started: a source that cannot be had keeps nothing else from
        starting."""
        return True


def _with_only(settings: Settings, secrets: Set[_Secret]) -> Settings:
    """Return the settings with these secrets alone: a process cannot leak a password that it does
    not know."""
    parts = {name: getattr(settings, name) for name in type(settings).model_fields}
    return settings.model_copy(
        update={
            name: _part_with_only(part, {field for owner, field in secrets if owner == name})
            for name, part in parts.items()
            if isinstance(part, BaseModel)
        }
    )


def _part_with_only(part: BaseModel, fields: Set[str]) -> BaseModel:
    values = {name: getattr(part, name) for name in type(part).model_fields}
    return part.model_copy(
        update={
            name: None
            for name, value in values.items()
            if isinstance(value, SecretStr) and name not in fields
        }
    )
