"""How much one request may ask for. A dashboard asks far less; what asks for more would keep others
waiting."""

from collections.abc import Callable, Iterator
from functools import wraps
from math import prod
from typing import Any

MAX_BYTES = 4 << 20
"""Of any request. Nobody uploads data; an export of all dashboards, which may be imported, has a
tenth of it."""

MAX_QUERIES = 20
MAX_VALUES = 200
MAX_SQL_CHARACTERS = 10_000

_OPERATIONS = (
    "aggregate boxplot compare contribution cum diff flatten pivot rank rename rolling select sort"
)
OPERATIONS = set(_OPERATIONS.split())
"""What may be done with the rows in Superset's memory: what makes no more of them than there are,
but for a pivot."""
MAX_CELLS = 1_000_000
"""Of a pivot: 10,000 rows can become 10,000 columns."""

_SQL = {"sqlExpression", "where", "having"}


def problem(queries: Any) -> str | None:
    """Return what in the queries of a request, as JSON, is too much; None where nothing is."""
    found = list(_all(queries))
    asked = _count(queries)
    longest = max((len(value) for _, value in found if isinstance(value, list)), default=0)
    characters = sum(len(value) for name, value in found if name in _SQL and isinstance(value, str))
    operations = {str(value) for name, value in found if name == "operation"}
    if asked > MAX_QUERIES:
        return f"A request may have {MAX_QUERIES} queries; this one has {asked}."
    if longest > MAX_VALUES:
        return f"A filter may have {MAX_VALUES} values; one here has {longest}."
    if characters > MAX_SQL_CHARACTERS:
        return f"A request may have {MAX_SQL_CHARACTERS} characters of custom SQL; this one has {characters}."
    if unknown := operations - OPERATIONS:
        return f"Rows may not be changed by {', '.join(sorted(unknown))}; superset/bounds.py lists by what they may."
    return None


def _count(queries: Any) -> int:
    """Return how many queries are run: one more for each time to compare with, and for each layer
    of annotations."""
    listed = (
        [query for query in queries if isinstance(query, dict)] if isinstance(queries, list) else []
    )
    further = [
        query.get(name) for query in listed for name in ("time_offsets", "annotation_layers")
    ]
    return len(listed) + sum(len(found) for found in further if isinstance(found, list))


def _all(body: Any) -> Iterator[tuple[str, Any]]:
    """Yield every value in it, with the name of it or of its list. Without recursion: a body may be
    nested deeply."""
    waiting: list[tuple[str, Any]] = [("", body)]
    while waiting:
        name, value = waiting.pop()
        yield name, value
        if isinstance(value, dict):
            waiting += value.items()
        elif isinstance(value, list):
            waiting += [(name, one) for one in value]


def guard() -> None:
    """Make Superset ask here, whatever way queries come to it."""
    from superset.common.query_context_factory import QueryContextFactory
    from superset.common.utils import time_range_utils
    from superset.utils import pandas_postprocessing

    QueryContextFactory.create = _checking_queries(QueryContextFactory.create)
    pandas_postprocessing.pivot = _checking_cells(pandas_postprocessing.pivot)
    time_range_utils.get_since_until = _refusing_impossible_ranges(time_range_utils.get_since_until)


def _checking_queries(create: Callable[..., Any]) -> Callable[..., Any]:
    from superset.exceptions import QueryObjectValidationError

    @wraps(create)
    def checking(self: Any, *, queries: Any, **others: Any) -> Any:
        if found := problem(queries):
            raise QueryObjectValidationError(found)
        return create(self, queries=queries, **others)

    return checking


def _checking_cells(pivot: Callable[..., Any]) -> Callable[..., Any]:
    from superset.exceptions import InvalidPostProcessingError

    @wraps(pivot)
    def checking(df: Any, **options: Any) -> Any:
        named = [
            name for part in ("index", "columns") for name in options.get(part) or [] if name in df
        ]
        if (
            prod(df[name].nunique() for name in named) * len(options.get("aggregates") or [])
            > MAX_CELLS
        ):
            raise InvalidPostProcessingError(f"A pivot may have {MAX_CELLS} cells.")
        return pivot(df, **options)

    return checking


def _refusing_impossible_ranges(parse: Callable[..., Any]) -> Callable[..., Any]:
    """Refuse a range that ends before it begins, or in no year: a mistake of the asker, which Superset
    6.1.0 reports as its own."""
    from superset.exceptions import QueryObjectValidationError

    @wraps(parse)
    def refusing(**of_range: Any) -> Any:
        try:
            return parse(**of_range)
        except (ValueError, OverflowError) as error:
            raise QueryObjectValidationError(str(error)) from error

    return refusing
