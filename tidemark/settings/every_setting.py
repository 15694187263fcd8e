"""A walk through all settings, down to single values."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, get_args

from pydantic import BaseModel, SecretStr

from tidemark.settings.part import variable


@dataclass(frozen=True)
class Setting:
    """One value of the settings.

    path  where it stands: ("topics", "posts", "days") for settings.topics["posts"].days
    """

    path: tuple[str, ...]
    value: Any
    description: str
    is_secret: bool

    @property
    def variable(self) -> str:
        """Return the environment variable that sets it."""
        return variable(*self.path)


def every_setting(model: BaseModel, *path: str) -> Iterator[Setting]:
    """Yield each setting of the model, in the order of the code, plain ones first."""
    nested: list[tuple[tuple[str, ...], BaseModel]] = []
    for name, field in type(model).model_fields.items():
        value = getattr(model, name)
        if isinstance(value, BaseModel):
            nested.append(((*path, name), value))
        elif isinstance(value, dict):
            nested += [((*path, name, key), inner) for key, inner in value.items()]
        else:
            is_secret = SecretStr in get_args(field.annotation)
            yield Setting((*path, name), value, field.description or "", is_secret)
    for inner_path, inner in nested:
        yield from every_setting(inner, *inner_path)
