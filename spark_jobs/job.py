"""What tells one job from another: topics, staged rows, and their merge."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeAlias

import pyarrow as pa

from spark_jobs.merges.run import Run
from tidemark.contracts.topics import Topic
from tidemark.settings import Settings

Stage: TypeAlias = Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]


def _no_options(_: Settings) -> Mapping[str, Any]:
    return {}


@dataclass(frozen=True)
class Job:
    """A job: Kafka records → rows of a staging table → rows of the tables.

    stage            Arrow batches of kafka_batch.COLUMNS → rows for the staging table
    stage_options    what `stage` is called with besides, by the settings
    schema           its columns
    staging_columns  its columns and key, as MySQL writes them
    merge            merges a staging table into the tables, within one transaction
    counted_columns  those of the temporary table that `merge` counts into, where it does
    every_s          from one batch to the next; 0 is as soon as there is anything
    """

    name: str
    reads: tuple[Topic, ...]
    stage: Callable[..., Iterator[pa.RecordBatch]]
    schema: pa.Schema
    staging_columns: str
    merge: Callable[[Run], None]
    counted_columns: str | None = None
    every_s: int = 0
    stage_options: Callable[[Settings], Mapping[str, Any]] = _no_options

    def stage_by(self, settings: Settings) -> Stage:
        """Return `stage` as these settings want it."""
        return partial(self.stage, **self.stage_options(settings))
