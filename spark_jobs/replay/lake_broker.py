"""The lake as a merge's broker."""

from collections.abc import Collection, Sequence

from spark_jobs.merging.broker import TopicState
from spark_jobs.merging.fence import Place


class LakeBroker:
    """merging.broker.Broker over topics of the lake."""

    def __init__(self, states: Sequence[TopicState]) -> None:
        self._states = {state.name: state for state in states}

    def topics(self, names: Sequence[str]) -> list[TopicState]:
        """Return the state of each topic that the lake has."""
        return [self._states[name] for name in names if name in self._states]

    def topic_ids(self, names: Collection[str]) -> dict[str, str]:
        """Return each topic's id, by name."""
        return {name: self._states[name].topic_id for name in names}

    def latest(self, places: Sequence[Place]) -> dict[Place, int]:
        """Return the offset after the last row, by topic and partition."""
        return {
            (topic, partition): self._states[topic].latest[partition] for topic, partition in places
        }
