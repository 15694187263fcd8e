import pytest

from spark_jobs.merging.fence import Place, StagedRange, check_start, check_topic, reached, replayed
from tidemark.errors import GapError, TopicReplacedError

LEDGER = {("posts", 0): 100, ("posts", 1): 0, ("rejected", 0): 7}


def staged(
    first: int, last: int, *, topic: str = "posts", partition: int = 0, missing: int = 0
) -> StagedRange:
    return StagedRange(
        topic, partition, first, last, records=last - first + 1 - missing, rejected=0
    )


def test_ranges_that_join_on_are_merged_whole() -> None:
    ranges = [staged(100, 149), staged(0, 9, partition=1), staged(7, 7, topic="rejected")]

    assert replayed(ranges, LEDGER) == {}


def test_without_ranges_nothing_is_replayed() -> None:
    assert replayed([], LEDGER) == {}


def test_what_was_merged_before_is_skipped_in_its_own_partition_only() -> None:
    ranges = [staged(90, 149), staged(0, 9, partition=1), staged(0, 3, topic="rejected")]

    assert replayed(ranges, LEDGER) == {("posts", 0): 100, ("rejected", 0): 7}


def test_a_range_that_ends_right_below_the_ledger_is_skipped_whole() -> None:
    assert replayed([staged(50, 99)], LEDGER) == {("posts", 0): 100}


def test_a_range_that_begins_one_above_the_ledger_is_a_gap_and_is_named() -> None:
    with pytest.raises(
        GapError, match=r"posts/0: the batch begins at offset 101, the ledger wants 100; .*operate"
    ):
        replayed([staged(101, 149)], LEDGER)


@pytest.mark.parametrize("first", [90, 100])
def test_a_range_with_a_hole_is_a_gap_and_is_named(first: int) -> None:
    with pytest.raises(
        GapError, match=rf"posts/0: {149 - first} records staged of the {150 - first} between .*149"
    ):
        replayed([staged(first, 149, missing=1)], LEDGER)


def test_more_records_than_offsets_are_no_range_either() -> None:
    with pytest.raises(GapError):
        replayed([staged(100, 149, missing=-1)], LEDGER)


def test_one_bad_range_among_good_ones_stops_all() -> None:
    with pytest.raises(GapError, match=r"^rejected/0: "):
        replayed([staged(100, 149), staged(8, 9, topic="rejected")], LEDGER)


def test_a_partition_that_the_ledger_does_not_know_begins_at_its_first_offset() -> None:
    assert replayed([staged(0, 5, partition=2)], LEDGER) == {}
    with pytest.raises(
        GapError, match=r"posts/2: the batch begins at offset 1, the ledger wants 0"
    ):
        replayed([staged(1, 5, partition=2)], LEDGER)


def test_the_topic_that_the_ledger_speaks_of_is_the_one_that_is_there() -> None:
    check_topic("posts", "AAAA", "AAAA")


def test_a_topic_made_anew_stops_the_job_and_both_ids_are_told() -> None:
    with pytest.raises(
        TopicReplacedError, match=r"topic posts was made anew: .* of AAAA, the broker has BBBB; "
    ):
        check_topic("posts", "AAAA", "BBBB")


@pytest.mark.parametrize("next_offset", [10, 15, 20])
def test_what_the_broker_still_has_or_will_have_next_is_a_start(next_offset: int) -> None:
    check_start("posts", 0, next_offset, earliest=10, latest=20)


@pytest.mark.parametrize("next_offset", [9, 21])
def test_what_the_broker_no_longer_has_or_never_had_is_a_gap(next_offset: int) -> None:
    with pytest.raises(
        GapError,
        match=rf"posts/0: the ledger wants offset {next_offset}, the broker has 10 to 20; ",
    ):
        check_start("posts", 0, next_offset, earliest=10, latest=20)


class Consumer:
    """Finds what is staged, and `lost` besides."""

    def __init__(self, lost: int | None = None) -> None:
        self.lost = lost
        self.asked: list[tuple[Place, int, int]] = []

    def is_all(self, place: Place, first: int, end: int) -> bool:
        self.asked.append((place, first, end))
        return self.lost is None or not first <= self.lost < end


def test_offsets_without_a_record_are_no_gap_inside_a_range_and_before_it() -> None:
    consumer = Consumer()

    assert replayed([staged(100, 149, missing=2)], LEDGER, consumer.is_all) == {}
    assert replayed([staged(102, 149)], LEDGER, consumer.is_all) == {}
    assert replayed([staged(90, 149, missing=1)], LEDGER, consumer.is_all) == {("posts", 0): 100}
    assert consumer.asked == [
        (("posts", 0), 100, 150),
        (("posts", 0), 100, 150),
        (("posts", 0), 90, 150),
    ]


def test_a_range_that_joins_on_is_not_asked_about() -> None:
    consumer = Consumer()

    replayed([staged(100, 149)], LEDGER, consumer.is_all)
    reached([staged(100, 149)], LEDGER, {("posts", 0): 150, ("posts", 1): 0}, consumer.is_all)

    assert consumer.asked == []


def test_the_ledger_goes_behind_what_was_staged_and_to_the_end_of_the_batch() -> None:
    ends = {("posts", 0): 152, ("posts", 1): 2, ("rejected", 0): 7}
    consumer = Consumer()

    assert reached([staged(100, 149)], LEDGER, {}) == {("posts", 0): 150}
    assert reached([staged(100, 149)], LEDGER, ends, consumer.is_all) == {
        ("posts", 0): 152,
        ("posts", 1): 2,
    }
    assert consumer.asked == [(("posts", 0), 150, 152), (("posts", 1), 0, 2)]
    assert reached([], LEDGER, {("posts", 0): 99}, consumer.is_all) == {}


def test_records_at_the_end_of_a_batch_that_were_not_staged_are_a_gap() -> None:
    with pytest.raises(
        GapError, match=r"posts/0: the batch goes to offset 152, and was staged to 150"
    ):
        reached([staged(100, 149)], LEDGER, {("posts", 0): 152}, Consumer(lost=151).is_all)
