"""The child processes that no other one connects to: producers and the driver of the Spark jobs."""

import sys
from collections.abc import Iterable
from pathlib import Path

from tidemark.settings import Settings, SourceName, as_environment, every_setting
from tidemark.settings.processes import PROCESSES, Process, secrets_of_sources
from tidemark.stack.embedded.process import Child
from tidemark.stack.embedded.server import Server


class Jobs(Server):
    """All Spark jobs, in one local driver.

    It continues where the ledger is when it is started again, so that no way of ending loses or doubles a record.
    """

    name = "Spark"
    may_restart = True

    def __init__(self, settings: Settings, *, log_file: Path) -> None:
        self.log_file = log_file
        self.environment = _environment(settings, PROCESSES["spark"].secrets)
        # They would replace the `java` on the PATH, whose version was checked, and our own Spark.
        for name in ("JAVA_HOME", "PYSPARK_SUBMIT_ARGS"):
            self.environment.pop(name, None)

    def command(self) -> list[str]:
        return [sys.executable, "-m", "spark_jobs.all_jobs"]

    def is_ready(self, child: Child) -> bool:
        return child.has_logged("job ready")


class Producer(Server):
    """A producer of one source. A source may end; then its producer has done its work."""

    may_finish = True
    may_restart = True
    may_be_left_out = True

    def __init__(self, source: SourceName, settings: Settings, *, log_file: Path) -> None:
        self.name = f"Producer ({source})"
        self.log_file = log_file
        self.environment = _environment(settings, secrets_of_sources([source]))
        self._source = source

    def command(self) -> list[str]:
        return [sys.executable, "-m", "producer", self._source]

    def is_ready(self, child: Child) -> bool:
        """Return True at once: nothing else waits for a source that cannot be reached."""
        return True


def _environment(settings: Settings, secrets: Iterable[str]) -> dict[str, str]:
    """Return our environment with these secrets alone: a process cannot leak a password that it
    does not know."""
    known = Process(secrets=tuple(secrets)).secrets_in(settings)
    every = {setting.variable for setting in every_setting(settings) if setting.is_secret}
    withheld = every - known.keys()
    return {name: value for name, value in as_environment(settings).items() if name not in withheld}
