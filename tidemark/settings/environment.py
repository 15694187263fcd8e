"""Settings from the environment, and back into one. The only file that reads it.

The environment wins over `.env`, which wins over the files of TIDEMARK_SECRETS_DIR, which win over
the defaults.
"""

import json
import os
from collections.abc import Iterator, Mapping
from typing import Final

from pydantic import SecretStr, ValidationError

from tidemark.errors import SettingsError
from tidemark.settings.every_setting import every_setting
from tidemark.settings.everything import Settings
from tidemark.settings.part import variable

_OF_VAGRANT: Final = "vms"
"""TIDEMARK_VMS says to our Vagrantfile how many machines there are."""


def load() -> Settings:
    """Settings from the environment; a wrong one raises SettingsError, which names the variable."""
    _refuse_unknown(os.environ)
    folder = os.environ.get(variable("secrets_dir"))
    if folder is not None and not os.access(folder, os.R_OK | os.X_OK):
        raise SettingsError(f"{variable('secrets_dir')} is {folder!r}: no folder that we may read")
    try:
        return Settings(_secrets_dir=folder)
    except ValidationError as error:
        raise SettingsError("; ".join(_explain(problem) for problem in error.errors())) from None


def _refuse_unknown(environment: Mapping[str, str]) -> None:
    """pydantic-settings passes over names in the environment that it does not know, at the top
    level."""
    for name in sorted(environment):
        first = name.upper().removeprefix("TIDEMARK_").partition("__")[0].lower()
        if name.upper().startswith("TIDEMARK_") and first not in {
            *Settings.model_fields,
            _OF_VAGRANT,
        }:
            raise SettingsError(
                f"{name} is no setting of Tidemark; see docs/settings.md for those there are"
            )


def as_environment(settings: Settings) -> dict[str, str]:
    """Our environment with exactly these settings in it, secrets in the clear: what a child reads
    them from."""
    others = {
        name: value
        for name, value in os.environ.items()
        if not name.upper().startswith("TIDEMARK_")
    }
    return others | dict(_variables(settings))


def _variables(settings: Settings) -> Iterator[tuple[str, str]]:
    for setting in every_setting(settings):
        value = setting.value
        if isinstance(value, SecretStr):
            yield setting.variable, value.get_secret_value()
        elif isinstance(value, list):
            yield setting.variable, json.dumps(value)
        elif value is not None:
            yield setting.variable, str(value)


def under_spark_submit() -> bool:
    """Whether master, memory and jars are spark-submit's to choose: it started this process, or
    PySpark is to start Java by it with the options in PYSPARK_SUBMIT_ARGS."""
    return "PYSPARK_GATEWAY_PORT" in os.environ or "PYSPARK_SUBMIT_ARGS" in os.environ


def require(value: SecretStr | None, *path: str) -> str:
    """The secret in `value`; SettingsError naming its variable where it is not set."""
    if value is None or not value.get_secret_value():
        raise SettingsError(
            f"{variable(*path)} is not set; put it into the environment or into .env"
        )
    return value.get_secret_value()


def _explain(problem: object) -> str:
    assert isinstance(problem, dict)  # noqa: S101
    name = variable(*(str(part) for part in problem["loc"]))
    if problem["type"] == "extra_forbidden":
        return f"{name} is no setting of Tidemark; see docs/settings.md for those there are"
    found = (
        "" if "token" in name.lower() or "password" in name.lower() else f" is {problem['input']!r}"
    )
    return f"{name}{found}: {problem['msg'][:1].lower()}{problem['msg'][1:]}"
