"""What the settings of every part have in common."""

from pydantic import BaseModel, ConfigDict


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def variable(*path: str) -> str:
    """The environment variable of a setting: variable("mysql", "port") is TIDEMARK_MYSQL__PORT."""
    return "TIDEMARK_" + "__".join(path).upper()
