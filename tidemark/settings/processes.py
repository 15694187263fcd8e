"""Which settings and secrets each process reads, one row a process.

The secrets that containers and children get are derived from this table. The environment lists of compose and the roles
of machines are checked against it (tests/compose/test_compose_file.py, tests/vagrant/test_files.py).
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from pydantic import BaseModel

from tidemark.contracts.sources import SOURCES
from tidemark.settings.deprecated import former_variables
from tidemark.settings.every_setting import Setting, every_setting


@dataclass(frozen=True)
class Process:
    """What a process reads of the settings.

    reads                settings (`kafka.bootstrap`), or whole parts of them (`lake`) without their secrets
    secrets              the same of secrets
    names                how the process calls what it reads, where that is not the setting's variable
    reads_every_source   it also reads the settings and the secrets of the sources
    """

    reads: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    reads_every_source: bool = False

    def settings_in(self, settings: BaseModel) -> dict[str, Setting]:
        """Return what it reads and is no secret, by the name that it has there."""
        reads = (*self.reads, *(SOURCES if self.reads_every_source else ()))
        found = _below(settings, reads)
        return {self._name(setting): setting for setting in found if not setting.is_secret}

    def secrets_in(self, settings: BaseModel) -> dict[str, Setting]:
        """Return the secrets that it reads, by the names that they have there; the value of one that
        is not set is None."""
        secrets = (*self.secrets, *(secrets_of_sources() if self.reads_every_source else ()))
        found = _below(settings, secrets)
        return {self._name(setting): setting for setting in found if setting.is_secret}

    def former_names(self, settings: BaseModel) -> set[str]:
        """Return older names of what it reads."""
        known = former_variables()
        return {known[name] for name in self.settings_in(settings) if name in known}

    def _name(self, setting: Setting) -> str:
        return self.names.get(".".join(setting.path), setting.variable)


def secrets_of_sources(names: Iterable[str] | None = None) -> tuple[str, ...]:
    """Return the secrets of these sources, or of all, as `x.bearer_token`."""
    chosen = SOURCES if names is None else names
    return tuple(f"{name}.{secret}" for name in chosen for secret in SOURCES[name].secrets)


def _below(settings: BaseModel, paths: tuple[str, ...]) -> Iterator[Setting]:
    """Yield the settings that are one of the paths or lie below one."""
    wanted = [tuple(path.split(".")) for path in paths]
    for setting in every_setting(settings):
        if any(setting.path[: len(path)] == path for path in wanted):
            yield setting


_WORKER: Final = ("log_level", "data_dir", "kafka.bootstrap")
_DATABASE: Final = ("mysql.host", "mysql.port", "mysql.database")

PROCESSES: Final[Mapping[str, Process]] = {
    "mysql": Process(
        secrets=("mysql.root_password",), names={"mysql.root_password": "root_password"}
    ),
    "prepare": Process(reads=("log_level", "kafka", "topics", *_DATABASE), secrets=("mysql",)),
    "producer": Process(reads=_WORKER, reads_every_source=True),
    "spark": Process(
        reads=(
            *_WORKER,
            *_DATABASE,
            "jars_dir",
            "topics",
            "spark",
            "posts",
            "lake",
            "keep",
            "disk",
        ),
        secrets=("mysql.writer_password", "lake"),
    ),
    "superset": Process(
        reads=(*_DATABASE, "superset.https", "superset.behind_proxy"),
        secrets=("superset", "mysql.charts_password"),
        names={
            "mysql.host": "MYSQL_HOST",
            "mysql.port": "MYSQL_PORT",
            "mysql.database": "MYSQL_DATABASE",
            "mysql.charts_password": "MYSQL_PASSWORD",
            "superset.https": "SUPERSET_HTTPS",
            "superset.behind_proxy": "SUPERSET_BEHIND_PROXY",
            "superset.secret_key": "SUPERSET_SECRET_KEY",
            "superset.admin_password": "SUPERSET_ADMIN_PASSWORD",
            "superset.viewer_password": "SUPERSET_VIEWER_PASSWORD",
        },
    ),
    "notebook": Process(
        reads=("data_dir", "jars_dir", "kafka.bootstrap", *_DATABASE),
        secrets=("mysql.reader_password", "notebook"),
    ),
    "reader": Process(secrets=("mysql.reader_password",)),
}
"""By the name that a process has in compose and as a unit. `spark` is the driver of all jobs, `reader` a person's
client of MySQL."""
