"""Settings from the environment, and back into an environment. Only this file reads os.environ.

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
"""TIDEMARK_VMS is read by the Vagrantfile: how many machines there are."""


def load() -> Settings:
    """Return the settings of the environment; raise SettingsError, which names the variable, where
    one is wrong."""
    _refuse_unknown(os.environ)
    folder = os.environ.get(variable("secrets_dir"))
    if folder is not None and not os.access(folder, os.R_OK | os.X_OK):
        raise SettingsError(
            f"{variable('secrets_dir')} is {folder!r}: not a folder that this process may read"
        )
    try:
        return Settings(_secrets_dir=folder)
    except ValidationError as error:
        raise SettingsError("; ".join(_explain(problem) for problem in error.errors())) from None


def _refuse_unknown(environment: Mapping[str, str]) -> None:
    """Raise SettingsError for a name that starts with TIDEMARK_ and is no setting: at the top level,
    pydantic-settings ignores them."""
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
    """Return our environment with exactly these settings in it, for a child process. Secrets are in
    clear text."""
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
    """Return True if spark-submit chooses master, memory and jars: it started this process, or
    PYSPARK_SUBMIT_ARGS has the options with which PySpark will start Java."""
    return "PYSPARK_GATEWAY_PORT" in os.environ or "PYSPARK_SUBMIT_ARGS" in os.environ


def require(value: SecretStr | None, *path: str) -> str:
    """Return the secret in `value`; raise SettingsError, which names its variable, where it is not
    set."""
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
