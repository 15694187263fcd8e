"""One step of a merge."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from spark_jobs.merges.run import Run


@dataclass
class Batch:
    """What is known of a batch while it is merged.

    good, rejected  records staged without a reason, and with one
    noted           records that have a detail: rejected ones, odd ones, and changes of accounts
    is_whole        all that was staged is there: none of it had been merged before, and was taken out
    written         by statement, how many rows MySQL says it wrote, or the number that it answered
    """

    good: int
    rejected: int
    is_whole: bool
    noted: int = 0
    written: dict[str, int] = field(default_factory=dict)


def _always(_batch: Batch) -> bool:
    return True


@dataclass(frozen=True)
class Statement:
    """SQL that runs within the batch's transaction, where `needed` says so.

    {staged} stands for the batch's staging table; {counted}, {superseded} and {copies} for temporary tables of the
    connection. One that `asks` is a query for a single number. With `for_each`, a query, the statement runs once for each of its
    rows, whose values take the places of %s.
    """  # noqa: E501

    name: str
    sql: str
    needed: Callable[[Batch], bool] = _always
    asks: bool = False
    for_each: str | None = None


def execute_all(run: Run, statements: Sequence[Statement | Callable[[Run], None]]) -> None:
    """Execute those that the batch needs, in order."""
    staged = run.batch
    batch = Batch(staged.good, staged.rejected, staged.is_whole, staged.with_detail)
    for statement in statements:
        if not isinstance(statement, Statement):
            statement(run)
        elif statement.needed(batch):
            batch.written[statement.name] = _execute(run, statement)


def _execute(run: Run, statement: Statement) -> int:
    if statement.asks:
        return run.value(statement.sql)
    if statement.for_each is None:
        return run.execute(statement.sql)
    return sum(run.execute(statement.sql, row) for row in run.rows(statement.for_each))
