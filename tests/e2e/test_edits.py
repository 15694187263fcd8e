"""Edits from Kafka to the tables, through a real job, and every row compared with what plain Python
computes."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from e2e.pipeline import Pipeline
from edit_drivers import stored_edits
from edit_payloads import edited
from kafka import KafkaProducer
from kafka_records import RECEIVED_US, Record, headers_of
from posts_job import PATIENCE_S, PostsJob
from recompute import Tables
from recompute_edits import recompute_edits
from recordings import recorded_lines
from waiting import wait_until

from tidemark.contracts.topics import EDITS


@dataclass
class EditsPipeline:
    """Topic `edits` and its tables; `sent` has all records with their places."""

    pipeline: Pipeline
    sent: list[Record] = field(default_factory=list)

    def start_job(self, *, max_rows: int = 100_000) -> PostsJob:
        folder = self.pipeline.folder / f"edits-{len(self.pipeline.jobs)}"
        folder.mkdir()
        environment = self.pipeline.environment(
            self.pipeline.folder / "data", SPARK__MAX_ROWS_PER_BATCH=max_rows
        )
        self.pipeline.jobs.append(PostsJob(environment, folder, "edits"))
        return self.pipeline.jobs[-1]

    def send(self, values: Sequence[bytes]) -> None:
        """Copies of an edit go into one partition, as one author's do: it is clear which of them is
        the first."""
        producer = KafkaProducer(
            bootstrap_servers=self.pipeline.kafka.bootstrap, acks="all", linger_ms=5
        )
        try:
            waiting = [
                (
                    value,
                    headers,
                    producer.send("edits", key=value[:200], value=value, headers=headers),
                )
                for number, value in enumerate(values, start=len(self.sent))
                for headers in [headers_of("wikimedia", RECEIVED_US + number)]
            ]
            producer.flush(60)
            for value, headers, future in waiting:
                place = future.get(1)
                self.sent.append(Record(value, place.offset, place.partition, "edits", headers))
        finally:
            producer.close()

    def wait_until_merged(self, job: PostsJob) -> None:
        end = self.pipeline.end_offsets([EDITS])

        def is_merged() -> bool:
            assert job.is_running(), job.log()
            return self.next_offsets() == end

        wait_until(is_merged, patience_s=PATIENCE_S)

    def next_offsets(self) -> dict[tuple[str, int], int]:
        rows = self.pipeline.stored.rows(
            "SELECT topic, kafka_partition, next_offset FROM {db}.ledger WHERE job = 'edits'"
        )
        return {(topic, partition): at for topic, partition, at in rows}

    def stored(self) -> Tables:
        return stored_edits(self.pipeline.settings)

    def recomputed(self) -> Tables:
        ((topic_id,),) = self.pipeline.stored.rows(
            "SELECT DISTINCT topic_id FROM {db}.ledger WHERE topic = 'edits'"
        )
        return recompute_edits([self.sent], topic_id)


@pytest.fixture
def edits(pipeline: Pipeline) -> EditsPipeline:
    return EditsPipeline(pipeline)


def test_recorded_edits_arrive_row_by_row_and_what_is_none_is_rejected(
    edits: EditsPipeline,
) -> None:
    recorded = [
        line.rstrip(b"\n")
        for name in ("edits", "mixed")
        for line in recorded_lines(f"wikimedia_{name}")
    ]
    broken = [b"", b"[]", b'{"meta":', b'{"error":"Too Many Concurrent Connections"}', b"\xff\xfe"]
    job = edits.start_job()
    job.wait_until_ready()

    edits.send([*recorded, *broken, *recorded[::3]])
    edits.wait_until_merged(job)

    assert edits.stored() == edits.recomputed()
    assert len(edits.stored()["edits"]) == len(recorded) == 118
    assert len(edits.stored()["rejected"]) == len(broken)
    assert edits.pipeline.stored.records_counted() == (len(edits.sent), len(broken))
    job.stop()
    assert job.errors() == []


def made_up(number: int) -> list[bytes]:
    dice = random.Random(5)
    began_at = datetime(2026, 3, 1, 22, 50)
    values = [
        edited(
            f"e-{edit_id}",
            dice.choice(["edit", "edit", "new", "log", "categorize", "external"]),
            wiki=dice.choice(["enwiki", "dewiki"]),
            title=f"Page {dice.randrange(200)}",
            user=dice.choice(["Ana", "10.0.0.1", None]),
            bot=dice.random() < 0.4,
            dt=f"{(began_at + timedelta(seconds=dice.randrange(9_000))).isoformat()}Z",
        )
        for edit_id in range(number)
    ]
    return values + dice.choices(values, k=number // 10)


def test_a_job_that_is_killed_and_loses_its_checkpoint_goes_on_where_the_tables_are(
    edits: EditsPipeline,
) -> None:
    edits.send(made_up(20_000))
    first = edits.start_job(max_rows=2_000)
    wait_until(
        lambda: sum(edits.next_offsets().values()) > 4_000 or not first.is_running(),
        patience_s=PATIENCE_S,
    )
    first.kill_all()
    merged = sum(edits.next_offsets().values())
    assert 4_000 < merged < len(edits.sent), first.log()

    second = edits.start_job(max_rows=5_000)
    edits.wait_until_merged(second)

    assert edits.stored() == edits.recomputed()
    second.stop()
