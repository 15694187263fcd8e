"""The lake as a merge's log reader."""

from collections.abc import Sequence

from spark_jobs.merging.fence import Place
from spark_jobs.replay.topic import ReplayTopic


class LakeReader:
    """merging.broker.LogReader over topics of the lake: offsets that had no record in Kafka have no
    row there."""

    def __init__(self, topics: Sequence[ReplayTopic]) -> None:
        self._topics = {topic.state.name: topic for topic in topics}

    def offsets(self, place: Place, first: int, end: int) -> list[int]:
        """Return the offsets that have a row, from `first` to before `end`, in order."""
        name, partition = place
        topic = self._topics[name]
        found: list[int] = []
        at = first
        while at < end:
            window = topic.reader.read_next(topic.state.topic_id, partition, at, end)
            if window is None:
                break
            rows, at = window
            found += rows["kafka_offset"].to_pylist()
        return found

    def close(self) -> None:
        """Do nothing: files of the lake are open only while they are read."""
