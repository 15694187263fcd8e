"""What works for the stack and takes no questions: producers and Spark jobs."""

import sys
from pathlib import Path

from pydantic import BaseModel, SecretStr

from tidemark.settings import Settings, as_environment
from tidemark.stack.embedded.process import Child
from tidemark.stack.embedded.server import Server


class Job(Server):
    """A Spark job in a process of its own, `local`, on as many cores as it is told."""

    def __init__(self, job: str, *, settings: Settings, log_file: Path) -> None:
        self.name = f"Spark ({job})"
        self.log_file = log_file
        self.environment = as_environment(_with_only(settings, "writer_password"))
        # A JAVA_HOME would win over the `java` on the PATH, which is the one that was found good.
        self.environment.pop("JAVA_HOME", None)
        self._job = job

    def command(self) -> list[str]:
        return [sys.executable, "-m", f"spark_jobs.{self._job}_job"]

    def is_ready(self, child: Child) -> bool:
        return child.has_said("job ready")


class Producer(Server):
    """A source read into its topic. A source may come to its end; then it has done its work."""

    name = "Producer"
    may_finish = True

    def __init__(self, settings: Settings, *, log_file: Path) -> None:
        self.log_file = log_file
        self.environment = as_environment(_with_only(settings, "bearer_token"))
        self._source = settings.source

    def command(self) -> list[str]:
        return [sys.executable, "-m", "producer", self._source]

    def is_ready(self, child: Child) -> bool:
        return child.exit_code() in (None, 0)


def _with_only(settings: Settings, secret: str) -> Settings:
    """The settings with one secret: a process that does not know a password cannot leak it."""
    parts = {name: getattr(settings, name) for name in type(settings).model_fields}
    return settings.model_copy(
        update={name: _part_with_only(part, secret) for name, part in parts.items() if isinstance(part, BaseModel)}
    )


def _part_with_only(part: BaseModel, secret: str) -> BaseModel:
    values = {name: getattr(part, name) for name in type(part).model_fields}
    return part.model_copy(
        update={name: None for name, value in values.items() if isinstance(value, SecretStr) and name != secret}
    )
