"""When so much of a source was refused in a row that it is set aside, and when that ends."""

from collections.abc import Mapping

from spark_jobs.merging.rejection import Streak, count_rejections

LIMIT = 10


def after(*batches: tuple[Mapping[str, int], set[str]], limit: int = LIMIT) -> dict[str, Streak]:
    """Each batch is what was refused of it by source, and the sources of which a record was
    good."""
    stands: dict[str, Streak] = {}
    for refused, good in batches:
        stands = count_rejections(stands, refused, frozenset(good), limit)
    return stands


def test_each_source_is_counted_for_itself() -> None:
    assert after(({"x": 4, "bluesky": 7}, {"bluesky"}), ({"x": 5}, set()), ({}, {"bluesky"})) == {
        "x": Streak(9),
        "bluesky": Streak(0),
    }


def test_with_more_than_the_limit_in_a_row_a_source_is_set_aside_and_the_next_are_not_stored() -> (
    None
):
    crossing = [({"x": 10}, set[str]()), ({"x": 3}, set[str]())]

    assert after(*crossing) == {"x": Streak(13, 0, is_set_aside=True)}
    assert after(*crossing, ({"x": 7}, {"bluesky"}), ({"x": 2}, set())) == {
        "x": Streak(22, 9, is_set_aside=True)
    }


def test_the_first_batch_with_a_good_record_of_the_source_ends_it() -> None:
    aside = [({"x": 11}, set[str]()), ({"x": 7}, set[str]())]

    assert after(*aside, ({"x": 5}, {"x"})) == {"x": Streak(0, 7)}
    assert after(*aside, ({}, {"x"})) == {"x": Streak(0, 7)}
    assert after(*aside, ({}, {"x"}), ({"x": 11}, set())) == {"x": Streak(11, 0, is_set_aside=True)}


def test_records_of_no_known_source_are_never_good_so_a_batch_without_any_ends_their_row() -> None:
    assert after(({"": 6}, {"x"}), ({}, {"x"}), ({"": 6}, {"x"})) == {"": Streak(6)}
    assert after(({"": 6}, {"x"}), ({"": 6}, {"x"})) == {"": Streak(12, 0, is_set_aside=True)}
    assert after(({"": 11}, set()), ({"": 1}, set()), ({"x": 1}, set()))[""] == Streak(0, 1)
