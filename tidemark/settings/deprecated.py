"""Names of older versions: still accepted, each with one warning that says what to write."""

import logging
from collections.abc import Mapping
from typing import Any, Final

from tidemark.contracts.sources import current_name
from tidemark.contracts.topics import COVERAGE, EDITS, POSTS, REJECTED
from tidemark.errors import SettingsError
from tidemark.settings.part import variable

log: Final = logging.getLogger(__name__)

_TOPICS: Final = tuple(topic.name for topic in (POSTS, EDITS, COVERAGE, REJECTED))
"""Those that were there when their settings were renamed."""
_TOPIC_FIELDS: Final = ("days", "mib")


def source_name(name: str) -> str:
    """Return the name of a source as it is now; warn where `name` is an older one."""
    current = current_name(name)
    if current != name:
        log.warning("deprecated: source %s is called %s now, write %s", name, current, current)
    return current


def former_variables() -> dict[str, str]:
    """Return the older names of variables, by those of now."""
    return {
        variable("topics", topic, field): variable("kafka", f"{topic}_{field}")
        for topic in _TOPICS
        for field in _TOPIC_FIELDS
    }


def with_topics_renamed(values: dict[str, Any]) -> dict[str, Any]:
    """Return the values with KAFKA__POSTS_DAYS as TOPICS__POSTS__DAYS, and so for each topic.

    Raise SettingsError where both are set, and differ.
    """
    kafka, topics = values.get("kafka"), values.get("topics", {})
    if not isinstance(kafka, Mapping) or not isinstance(topics, Mapping):
        return values
    current = dict(kafka)
    renamed = {name: dict(topic) for name, topic in topics.items()}
    for topic in _TOPICS:
        for field in _TOPIC_FIELDS:
            if (value := current.pop(f"{topic}_{field}", None)) is not None:
                _move(value, renamed.setdefault(topic, {}), topic, field)
    return values | {"kafka": current, "topics": renamed}


def _move(value: Any, settings: dict[str, Any], topic: str, field: str) -> None:
    """Put the value of the former setting into the settings of its topic."""
    former, current = variable("kafka", f"{topic}_{field}"), variable("topics", topic, field)
    if str(settings.setdefault(field, value)) != str(value):
        raise SettingsError(
            f"{former} is {value}, and {current} is {settings[field]}: the former is an older name of "
            "the latter; remove it"
        )
    log.warning("deprecated: %s is called %s now, write that", former, current)
