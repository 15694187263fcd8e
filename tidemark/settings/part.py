"""The base of all parts of the settings."""

from pydantic import BaseModel, ConfigDict


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def variable(*path: str) -> str:
    """Return the environment variable of a setting: TIDEMARK_MYSQL__PORT for "mysql", "port"."""
    return "TIDEMARK_" + "__".join(path).upper()
