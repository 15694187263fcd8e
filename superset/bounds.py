"""How much one request may ask for. A dashboard asks far less; what asks for more would keep others waiting."""

from collections.abc import Iterator
from functools import wraps
from typing import Any

MAX_BYTES = 4 << 20
"""Of any request. Nobody uploads data; an export of all dashboards, which may be imported, has a tenth of it."""

MAX_QUERIES = 20
MAX_VALUES = 200
MAX_SQL_CHARACTERS = 10_000

_SQL = {"sqlExpression", "where", "having"}


def problem(body: Any) -> str | None:
    """What in a request's JSON is too much; None where nothing is."""
    if not isinstance(body, dict):
        return None
    if (queries := _queries(body)) > MAX_QUERIES:
        return f"A request may have {MAX_QUERIES} queries; this one has {queries}."
    lists = [value for _, value in _all(body) if isinstance(value, list)]
    if (longest := max(map(len, lists), default=0)) > MAX_VALUES:
        return f"A filter may have {MAX_VALUES} values; one here has {longest}."
    characters = sum(len(value) for name, value in _all(body.get("queries")) if name in _SQL and isinstance(value, str))
    if characters > MAX_SQL_CHARACTERS:
        return f"A request may have {MAX_SQL_CHARACTERS} characters of custom SQL; this one has {characters}."
    return None


def _queries(body: dict[str, Any]) -> int:
    """A query is run once more for each time that it is compared with, and for each layer of annotations."""
    listed = body.get("queries")
    queries = [query for query in listed if isinstance(query, dict)] if isinstance(listed, list) else []
    further = [query.get(name) for query in queries for name in ("time_offsets", "annotation_layers")]
    return len(queries) + sum(len(found) for found in further if isinstance(found, list))


def _all(body: Any) -> Iterator[tuple[str, Any]]:
    """Every value in it, with the name that it or its list goes by. Without recursion: a body may be nested deeply."""
    waiting: list[tuple[str, Any]] = [("", body)]
    while waiting:
        name, value = waiting.pop()
        yield name, value
        if isinstance(value, dict):
            waiting += value.items()
        elif isinstance(value, list):
            waiting += [(name, one) for one in value]


def refuse_too_much() -> tuple[dict[str, str], int] | None:
    """For Flask, before each request that comes as JSON and runs queries."""
    from flask import request

    is_asked = request.method == "POST" and request.path.startswith(("/api/v1/chart/data", "/datasource/"))
    told = problem(request.get_json(silent=True)) if is_asked else None
    return ({"message": told}, 400) if told else None


def tell_impossible_ranges() -> None:
    """One that ends before it begins, or in no year: a mistake of the asker, which Superset 6.1.0 takes for its own."""
    from superset.common.utils import time_range_utils
    from superset.exceptions import QueryObjectValidationError

    parse = time_range_utils.get_since_until

    @wraps(parse)
    def parsing(**of_range: Any) -> Any:
        try:
            return parse(**of_range)
        except (ValueError, OverflowError) as error:
            raise QueryObjectValidationError(str(error)) from error

    time_range_utils.get_since_until = parsing
