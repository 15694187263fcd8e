"""One step of a merge."""

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass
class Batch:
    """What is known of a batch while it is merged.

    good, rejected  records staged as posts, and with a reason
    written         by statement, how many rows MySQL says it wrote
    """

    good: int
    rejected: int
    written: dict[str, int] = field(default_factory=dict)


def _always(_batch: Batch) -> bool:
    return True


@dataclass(frozen=True)
class Statement:
    """SQL that runs within the batch's transaction, where `needed` says so.

    {staged} stands for the batch's staging table, {counted} for a temporary table of the connection.
    """

    name: str
    sql: str
    needed: Callable[[Batch], bool] = _always
