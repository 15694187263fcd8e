"""A topic into its table of the lake: executors write files, the driver commits them behind the
fence.

Runs beside the stream that merges into MySQL, on the same session, and reads Kafka for itself:
MySQL wants batches of a fifth of a second, a lake wants files of minutes (docs/decisions).
"""

import json
import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyspark.sql import DataFrame, Row, SparkSession
from pyspark.sql.pandas.types import from_arrow_schema
from pyspark.sql.streaming import StreamingQuery

from spark_jobs.adapters.batches import Batches
from spark_jobs.adapters.broker import Broker, TopicState
from spark_jobs.adapters.checkpoint import batch_ends, new_checkpoint
from spark_jobs.adapters.log_reader import LogReader
from spark_jobs.adapters.stream import read_stream
from spark_jobs.adapters.worker import run_in_worker
from spark_jobs.decode.lake_rows import LAKE_TOPICS, LakeTopic, lake_rows
from spark_jobs.merging.fence import Place, StagedRange, check_start, check_topic, reached, replayed
from tidemark.errors import FenceError, GapError
from tidemark.lake.file import LakeFile
from tidemark.lake.location import LakeLocation, lake_location
from tidemark.lake.maintenance import Maintenance
from tidemark.lake.offsets import LakeOffsets
from tidemark.lake.recovery import recover
from tidemark.lake.table import LakeTable
from tidemark.lake.writer import LakeWriter, Ranges, merge_ranges
from tidemark.settings import Settings, variable

logger = logging.getLogger(__name__)

MAX_ROWS: Final = 2_000_000
"""A batch of a minute: more than the other stream can merge in that time, so that the lake does not
fall behind it."""
WRITERS: Final = 1
"""Tasks that write a batch. One leaves the other core to the stream that merges, and makes one file
of it."""

_WRITTEN: Final = pa.schema(
    [
        *(
            (name, pa.string())
            for name in ("path", "day", "first_received_at", "last_received_at", "ranges")
        ),
        *((name, pa.int64()) for name in ("size_bytes", "rows", "first_offset", "last_offset")),
    ]
)


def lake_of(topic: str) -> Callable[[Settings], "LakeStream"]:
    """For driver.main: what makes the stream of this topic."""
    return partial(LakeStream, LAKE_TOPICS[topic])


class LakeStream:
    """A driver's Stream (edges/driver.py). Where the settings switch the lake off it does nothing
    at all."""

    def __init__(self, topic: LakeTopic, settings: Settings) -> None:
        self.name = f"lake-{topic.name}"
        self.query: StreamingQuery | None = None
        self._topic = topic
        self._settings = settings
        self._place = lake_location(settings)
        self._broker: Broker | None = None
        self._batches: _Batches | None = None

    def open(self) -> None:
        if self._place is None:
            return
        self._broker = Broker(self._settings.kafka.bootstrap)
        (self._state,) = self._broker.topics([self._topic.name])
        if damaged := recover(self._place, self._topic.name, partial(start_offsets, self._state)):
            told = {"topic": self._topic.name, "files": " ".join(damaged)}
            logger.warning(
                "lake stepped back: its newest files are damaged, their records are read again",
                extra=told,
            )
        table = LakeTable.make(self._place, self._topic.name, self._topic.schema)
        self._start = start_offsets(self._state, table.offsets)
        table.append([], table.offsets, LakeOffsets(self._state.topic_id, self._start))
        tending = Maintenance(table.location, table.topic, self._settings.lake.keep_days)
        log_reader = LogReader(self._settings.kafka.bootstrap)
        self._batches = _Batches(
            self._topic, self._state, table, self._start, self._broker, log_reader, tending
        )

    def start(self, session: SparkSession) -> None:
        if self._batches is None:
            return
        if self._settings.lake.path is None and not session.sparkContext.master.startswith("local"):
            # Each worker would write into a folder of its own, and the driver commit what only they
            # can see.
            logger.warning(
                "no lake: Spark has workers; name a bucket or a shared folder by %s",
                variable("lake", "path"),
            )
            return
        places = {
            (self._topic.name, partition): offset for partition, offset in self._start.items()
        }
        records = read_stream(
            session, self._settings.kafka.bootstrap, [self._state], places, MAX_ROWS
        )
        checkpoint = new_checkpoint(self._settings.data_dir, self.name)
        self._batches.checkpoint = checkpoint
        self.query = (
            records.writeStream.foreachBatch(self._batches.take)
            .queryName(self.name)
            .trigger(processingTime=f"{self._settings.lake.every_s} seconds")
            .option("checkpointLocation", str(checkpoint))
            .start()
        )
        logger.info(
            "lake ready", extra={"topic": self._topic.name, "from": json.dumps(self._start)}
        )

    def check(self) -> None:
        if self._batches is not None:
            self._batches.check()

    def finish(self) -> None:
        if self._batches is not None:
            self._batches.finish()

    def close(self) -> None:
        if self._batches is not None:
            self._batches.close()
        if self._broker is not None:
            self._broker.close()


def start_offsets(state: TopicState, reach: LakeOffsets | None) -> dict[int, int]:
    """Where each partition goes on; a partition that is new to the table starts at its earliest
    record.

    Raises TopicReplacedError or GapError where the broker's topic is not the one that the table
    speaks of.
    """
    with _of_lake(state.name):
        if reach is not None:
            check_topic(state.name, reach.topic_id, state.topic_id)
        found = {}
        for partition, earliest in state.earliest.items():
            found[partition] = (
                earliest if reach is None else reach.next_offsets.get(partition, earliest)
            )
            check_start(state.name, partition, found[partition], earliest, state.latest[partition])
        return found


class _Batches(Batches):
    """Each batch into files, and these into the table."""

    def __init__(
        self,
        topic: LakeTopic,
        state: TopicState,
        table: LakeTable,
        start: dict[int, int],
        broker: Broker,
        log_reader: LogReader,
        tending: Maintenance,
    ) -> None:
        super().__init__(self._write)
        self._topic = topic
        self._topic_id = state.topic_id
        self._table = table
        self._next = dict(start)
        self._broker = broker
        self._log_reader = log_reader
        self._tending = tending
        self.checkpoint = Path()

    def _write(self, rows: DataFrame, batch_id: int) -> None:
        write = partial(write_files, self._table.location, self._topic.name, self._topic_id)
        written = rows.coalesce(WRITERS).mapInArrow(
            partial(run_in_worker, write), from_arrow_schema(_WRITTEN)
        )
        self._commit(written.collect(), batch_ends(self.checkpoint, batch_id))
        self._tending.begin()

    def close(self) -> None:
        self._tending.close()
        self._log_reader.close()

    def _commit(self, written: list[Row], ends: Mapping[Place, int]) -> None:
        held: Ranges = {}
        for row in written:
            merge_ranges(
                held, {int(key): tuple(value) for key, value in json.loads(row.ranges).items()}
            )
        name = self._topic.name
        with _of_lake(name):
            ranges = [
                StagedRange(name, place, first, last, n, 0)
                for place, (first, last, n) in held.items()
            ]
            at = {(name, partition): offset for partition, offset in self._next.items()}
            is_all = partial(self._is_all, written)
            if again := replayed(ranges, at, is_all):
                raise GapError(
                    f"Spark read records of {again} again, which are in the table already; start it again"
                )
            # A topic that is deleted and made anew while the stream runs goes on under the old
            # one's offsets, and Spark cannot tell. What was written before this question is of the
            # topic that answers it, or older.
            check_topic(name, self._topic_id, self._broker.topic_ids([name])[name])
            after = self._next | {
                place: end for (_, place), end in reached(ranges, at, ends, is_all).items()
            }
        if after == self._next:
            return
        # The table's reach is what it was at our start or after our last commit, else another
        # driver is at work.
        self._table.append(
            [file_of(row) for row in written],
            self._table.offsets,
            LakeOffsets(self._topic_id, after),
        )
        self._next = after
        logger.info("lake batch", extra={"topic": name, "rows": sum(n for *_, n in held.values())})

    def _is_all(self, written: list[Row], place: Place, first: int, end: int) -> bool:
        """Return whether the files have each record of the place that a consumer finds between the
        offsets."""
        found: list[int] = []
        for row in written:
            columns = ["kafka_partition", "kafka_offset"]
            rows = pq.read_table(
                row.path, columns=columns, filesystem=self._table.location.files(self._topic.name)
            )
            of_place = rows.filter(pc.equal(rows["kafka_partition"], place[1]))[
                "kafka_offset"
            ].to_pylist()
            found += [offset for offset in of_place if first <= offset < end]
        return sorted(found) == self._log_reader.offsets(place, first, end)


def write_files(
    place: LakeLocation, topic: str, topic_id: str, batches: Iterator[pa.RecordBatch]
) -> Iterator[pa.RecordBatch]:
    """For mapInArrow: batches with kafka_batch.COLUMNS into files; a row for each file. Nothing
    refers to them yet."""
    of = LAKE_TOPICS[topic]
    columns = of.schema.remove(of.schema.get_field_index("day"))
    writer = LakeWriter(place.files(topic), columns, place.folder(topic))
    for batch in batches:
        if len(batch):
            writer.write(lake_rows(of, topic_id, batch))
    rows = [_row(file, ranges) for file, ranges in writer.close()]
    if rows:
        yield pa.RecordBatch.from_pylist(rows, _WRITTEN)


def _row(file: LakeFile, ranges: Ranges) -> dict[str, Any]:
    return {
        "path": file.path,
        "size_bytes": file.size_bytes,
        "day": file.day.isoformat(),
        "rows": file.rows,
        "first_offset": file.first_offset,
        "last_offset": file.last_offset,
        "first_received_at": file.first_received_at.isoformat() if file.first_received_at else None,
        "last_received_at": file.last_received_at.isoformat() if file.last_received_at else None,
        "ranges": json.dumps(ranges),
    }


def file_of(row: Row) -> LakeFile:
    """What `write_files` told of a file."""
    told = {name: value for name, value in row.asDict().items() if name != "ranges"}
    instants = {
        name: told[name] and datetime.fromisoformat(told[name])
        for name in told
        if name.endswith("_at")
    }
    return LakeFile(**(told | instants | {"day": date.fromisoformat(told["day"])}))


@contextmanager
def _of_lake(topic: str) -> Iterator[None]:
    """The fence speaks of a ledger; here it is the table's."""
    try:
        yield
    except FenceError as error:
        raise type(error)(
            f"lake table {topic}: {error}, or `tidemark lake restart {topic}`"
        ) from None
