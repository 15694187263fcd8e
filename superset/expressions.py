"""What people may put into a custom column, metric, filter or order: expressions over the
dataset's rows alone.

Superset 6.1.0 asks for sub-queries alone, and misses a UNION (apache/superset#38452), functions
that wait, lock or read files (#40568), and clauses that come behind an expression. Rather than what
is bad, this says what is good: a list of functions, no tables, one SELECT.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

MAX_CHARACTERS = 2_000

FUNCTIONS = (
    # of rows
    *(exp.Sum, exp.Count, exp.Avg, exp.Min, exp.Max, exp.AnyValue, exp.GroupConcat),
    *(exp.Stddev, exp.StddevPop, exp.StddevSamp, exp.Variance, exp.VariancePop),
    *(exp.RowNumber, exp.Rank, exp.DenseRank, exp.PercentRank, exp.CumeDist, exp.Ntile),
    *(exp.Lag, exp.Lead, exp.FirstValue, exp.LastValue, exp.NthValue),
    # of anything
    *(exp.If, exp.Case, exp.Coalesce, exp.Nullif, exp.Cast, exp.Collate, exp.Greatest, exp.Least),
    *(exp.And, exp.Or, exp.Xor),
    # of numbers
    *(
        exp.Abs,
        exp.Ceil,
        exp.Floor,
        exp.Round,
        exp.Sign,
        exp.Sqrt,
        exp.Pow,
        exp.Exp,
        exp.Ln,
        exp.Log,
        exp.NumberToStr,
    ),
    # of text; none that makes it much longer, which would fill Superset's memory
    *(
        exp.Concat,
        exp.ConcatWs,
        exp.Left,
        exp.Right,
        exp.Substring,
        exp.SubstringIndex,
        exp.StrPosition,
    ),
    *(exp.Length, exp.Lower, exp.Upper, exp.Trim, exp.RegexpLike),
    # of time
    *(
        exp.Date,
        exp.Year,
        exp.Quarter,
        exp.Month,
        exp.Week,
        exp.Day,
        exp.Hour,
        exp.Minute,
        exp.Second,
        exp.Extract,
    ),
    *(
        exp.DayOfWeek,
        exp.DayOfMonth,
        exp.DayOfYear,
        exp.WeekOfYear,
        exp.Dayname,
        exp.Monthname,
        exp.LastDay,
    ),
    *(
        exp.DateAdd,
        exp.DateSub,
        exp.DateDiff,
        exp.TimestampAdd,
        exp.TimestampSub,
        exp.TimestampDiff,
    ),
    *(
        exp.TimeToStr,
        exp.StrToDate,
        exp.StrToTime,
        exp.UnixToTime,
        exp.TsOrDsToDate,
        exp.TsOrDsToTimestamp,
    ),
    *(exp.CurrentDate, exp.CurrentTimestamp, exp.UtcDate, exp.UtcTimestamp),
)

OTHER_FUNCTIONS = {
    "FIELD",
    "FIND_IN_SET",
    "NOW",
    "SEC_TO_TIME",
    "TIME_TO_SEC",
    "TRUNCATE",
    "UNIX_TIMESTAMP",
    "WEEKDAY",
}
"""Those that sqlglot has no class for."""

_TYPE = exp.DataType.Type
TYPES = {
    *(_TYPE.CHAR, _TYPE.NCHAR, _TYPE.VARCHAR, _TYPE.TEXT),
    *(_TYPE.DATE, _TYPE.DATETIME, _TYPE.TIMESTAMP, _TYPE.TIMESTAMPTZ, _TYPE.TIME, _TYPE.YEAR),
    *(_TYPE.INT, _TYPE.BIGINT, _TYPE.UBIGINT, _TYPE.DECIMAL, _TYPE.DOUBLE, _TYPE.FLOAT),
}
"""What may be cast to. Not BINARY: the server fills BINARY(60000000) up to 60 MB, of each row."""

CLAUSES = {"kind", "distinct", "expressions", "order"}
"""What is left of `SELECT expression` and `SELECT 1 ORDER BY expression`; no FROM, LIMIT, INTO,
lock, or hint, which could lift the limit of time."""

TEMPLATE = "Custom SQL may have no templates."

REFUSED = (
    exp.Table,
    exp.SetOperation,
    exp.Subquery,
    exp.Parameter,
    exp.SessionParameter,
    exp.Command,
    exp.DDL,
)


def problem(sql: str) -> str | None:
    """Return what is wrong with an expression, as `SELECT expression`; None where it may be run."""
    if len(sql) > MAX_CHARACTERS:
        return f"Custom SQL may have {MAX_CHARACTERS} characters."
    try:
        (root,) = sqlglot.parse(sql, dialect="mysql")
    except (SqlglotError, ValueError, RecursionError):
        return "Custom SQL must be one expression."
    if (
        not isinstance(root, exp.Select)
        or {name for name, value in root.args.items() if value} - CLAUSES
    ):
        return "Custom SQL must be one expression, with no clauses behind it."
    return next((found for node in root.walk() if (found := _problem_of(node, root))), None)


def _problem_of(node: exp.Expression, root: exp.Expression) -> str | None:
    if isinstance(node, REFUSED) or (isinstance(node, exp.Query) and node is not root):
        return "Custom SQL may read the chart's dataset alone: no other tables, no sub-queries, no variables."
    if node.comments:
        return "Custom SQL may have no comments."
    if isinstance(node, exp.Anonymous):
        return None if node.name.upper() in OTHER_FUNCTIONS else _refused(node.name)
    if isinstance(node, exp.DataType) and node.this not in TYPES:
        return f"Custom SQL may not cast to {node.sql('mysql')}; superset/expressions.py lists to what it may."
    is_known = not isinstance(node, exp.Func) or isinstance(node, FUNCTIONS)
    return None if is_known else _refused(type(node).sql_name())


def _refused(function: str) -> str:
    return f"Custom SQL may not call {function.upper()}; superset/expressions.py lists what it may."


def guard() -> None:
    """Make Superset ask here, wherever it takes SQL from a request."""
    from superset.common.query_object import QueryObject
    from superset.models import helpers

    explored = helpers.ExploreMixin
    helpers.validate_adhoc_subquery = _checking_sql(helpers.validate_adhoc_subquery)
    explored._process_sql_expression = _checking_templates(explored._process_sql_expression)  # noqa: SLF001
    QueryObject._sanitize_filters = _checking_conditions(QueryObject._sanitize_filters)  # noqa: SLF001


def _checking_sql(validate: Callable[..., str]) -> Callable[..., str]:
    """Check what Superset validates: after templates were filled in, before the SQL goes anywhere."""

    @wraps(validate)
    def checking(sql: str, *others: Any, **named: Any) -> str:
        _refuse_if(problem(sql))
        return validate(sql, *others, **named)

    return checking


def _checking_templates(process: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(process)
    def checking(self: Any, expression: str | None, *others: Any, **named: Any) -> Any:
        _refuse_if(_is_template(expression) and TEMPLATE)
        return process(self, expression, *others, **named)

    return checking


def _checking_conditions(sanitize: Callable[..., None]) -> Callable[..., None]:
    """Check these before Superset does: it fills in and parses them once more, before all others."""

    @wraps(sanitize)
    def checking(self: Any) -> None:
        conditions = [found for name in ("where", "having") if (found := self.extras.get(name))]
        for condition in conditions:
            _refuse_if(_is_template(condition) and TEMPLATE)
            _refuse_if(None if _has_marks(condition) else problem(f"SELECT {condition}"))
        sanitize(self)

    return checking


def _is_template(sql: str | None) -> bool:
    """Return whether it is a template of somebody who is no admin.

    A template is a program: it could take all memory before there is any SQL. Those of datasets are
    ours, and an admin may write datasets anyway.
    """
    from superset import security_manager

    return _has_marks(sql) and not security_manager.is_admin()


def _has_marks(sql: str | None) -> bool:
    return any(mark in (sql or "") for mark in ("{{", "{%", "{#"))


def _refuse_if(problem: str | bool | None) -> None:
    from superset.exceptions import QueryObjectValidationError

    if problem:
        raise QueryObjectValidationError(problem)
