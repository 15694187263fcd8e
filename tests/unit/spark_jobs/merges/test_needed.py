"""Which steps of a merge a batch needs, by what was counted before."""

import pytest

from spark_jobs.merges.accounts import AccountChanges
from spark_jobs.merges.posts import may_hold_profiles
from spark_jobs.merges.run import Batch

NOTHING_MOVED = AccountChanges(are_any=False, moved_records=False)
MOVED = AccountChanges(are_any=True, moved_records=True)


@pytest.mark.parametrize(
    ("good", "posts", "accounts", "are_needed"),
    [
        (3, 3, NOTHING_MOVED, False),
        (3, 2, NOTHING_MOVED, True),
        (2, 2, MOVED, True),
        (3, 3, MOVED, True),
    ],
    ids=[
        "posts alone",
        "a post less than records",
        "a post restored in place of a profile",
        "one restored and one withheld",
    ],
)
def test_profiles_are_merged_wherever_there_may_be_one(
    good: int, posts: int, accounts: AccountChanges, are_needed: bool
) -> None:
    batch = Batch(good=good, rejected=0, with_detail=0, is_whole=True)

    assert may_hold_profiles(batch, posts, accounts) is are_needed
