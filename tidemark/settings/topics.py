"""How long Kafka keeps the records of each topic."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from tidemark.contracts.topics import TOPICS
from tidemark.errors import SettingsError
from tidemark.settings.part import Part, variable


class TopicSettings(Part):
    days: int = Field(ge=1, description="Days that Kafka keeps the records of this topic")
    mib: int = Field(
        ge=8, description="MiB that Kafka keeps of it in each partition, where that is less"
    )


def default_topics() -> dict[str, TopicSettings]:
    """Return the settings of every topic as the contract has them."""
    return {topic.name: TopicSettings(days=topic.days, mib=topic.mib) for topic in TOPICS.values()}


def _over_defaults(given: Any) -> Any:
    """Return the settings of every topic, those that are given put over the defaults.

    Raise SettingsError where the contract has no topic of that name.
    """
    if not isinstance(given, Mapping):
        return given
    for name in given:
        if name not in TOPICS:
            raise SettingsError(
                f"{variable('topics', name)} is no setting of Tidemark; topics are: {', '.join(TOPICS)}"
            )
    complete: dict[str, Any] = {}
    for name, default in default_topics().items():
        chosen = given.get(name, {})
        complete[name] = (
            default.model_dump() | dict(chosen) if isinstance(chosen, Mapping) else chosen
        )
    return complete


TopicsSettings = Annotated[dict[str, TopicSettings], BeforeValidator(_over_defaults)]
"""By the name of the topic; every topic of the contract is there."""
