"""Which statements of a merge a batch needs, by what was counted before."""

import pytest

from spark_jobs.merges.statement import Batch
from spark_jobs.merges.users import PROFILES


@pytest.mark.parametrize(
    ("good", "written", "are_needed"),
    [
        (3, {"staged posts": 3}, False),
        (3, {"staged posts": 2}, True),
        (2, {"staged posts": 2, "come back": 1}, True),
        (3, {"staged posts": 3, "come back": 1, "kept back": 1}, True),
    ],
    ids=[
        "posts alone",
        "a post less than records",
        "a post back in place of a profile",
        "one back and one kept back",
    ],
)
def test_profiles_are_merged_wherever_there_may_be_one(
    good: int, written: dict[str, int], are_needed: bool
) -> None:
    batch = Batch(good=good, rejected=0, is_whole=True, written=written)

    assert PROFILES.needed(batch) is are_needed
