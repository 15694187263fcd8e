"""What becomes of a batch that fails, and of one that is cut off."""

from typing import Any

import pytest

from spark_jobs.adapters.batches import Batches
from tidemark.errors import StreamError


class Interrupted(Exception):
    """As PySpark raises it where a query is stopped amid a batch, in one of several classes."""


def test_a_batch_that_is_cut_off_after_its_time_to_finish_says_nothing() -> None:
    def store(_rows: Any, _batch_id: int) -> None:
        batches._closed = True  # noqa: SLF001 - as finish() sets it, once it has waited
        raise Interrupted

    batches = Batches(store)

    batches.on_batch(None, 0)

    batches.check()


def test_what_java_raises_in_a_batch_that_nobody_stopped_is_raised() -> None:
    def store(_rows: Any, _batch_id: int) -> None:
        raise Interrupted

    with pytest.raises(Interrupted):
        Batches(store).on_batch(None, 0)


def test_an_error_of_ours_is_kept_for_the_driver_and_no_further_batch_is_taken() -> None:
    taken: list[int] = []

    def store(_rows: Any, batch_id: int) -> None:
        taken.append(batch_id)
        raise StreamError("MySQL took no batch")

    batches = Batches(store)
    batches.on_batch(None, 0)
    batches.on_batch(None, 1)

    assert taken == [0]
    with pytest.raises(StreamError, match="MySQL took no batch"):
        batches.check()
