"""What a viewer may not have by SQL of his own, asked for as anybody with the viewer's password can
ask."""

import socket
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

import pytest
from dashboard_api import Api, RunningSuperset
from servers import MysqlServer
from waiting import wait_until

from tidemark import mysql as database

CHART_THREADS = 12
"""Of superset/reading_worker.py."""

UNION = "CONCAT(job, ':', next_offset) FROM ledger UNION ALL SELECT name"

FOREIGN = {
    "a union": UNION,
    "a union of a metric": "GROUP_CONCAT(topic) FROM ledger UNION ALL SELECT COUNT(*)",
    "an intersection": "name FROM users INTERSECT SELECT name",
    "another table": "next_offset FROM ledger",
    "another database": "host FROM mysql.user UNION ALL SELECT name",
    "the catalogue": "table_name FROM information_schema.tables UNION ALL SELECT name",
    "a sub-query": "(SELECT MAX(next_offset) FROM ledger)",
    "a condition on a sub-query": "EXISTS(SELECT 1 FROM ledger)",
    "a common table": "name FROM (WITH a AS (SELECT 1) SELECT * FROM a) AS b",
    "a column that no dataset shows": "HEX(payload)",
    "a variable of the server": "@@datadir",
    "its name": "@@hostname",
    "its version": "VERSION()",
    "an account": "CURRENT_USER()",
    "a variable": "@a := 1",
    "a file": "LOAD_FILE('/etc/passwd')",
    "a file written": "name INTO OUTFILE '/tmp/x'",
    "a row lock": "name FROM users FOR UPDATE",
    "a lock": "GET_LOCK('migrate:tidemark', 0)",
    "a lock in other letters": "get_lock ('migrate:tidemark', 0)",
    "a lock in quotes": "`GET_LOCK`('migrate:tidemark', 0)",
    "a lock given back": "RELEASE_LOCK('migrate:tidemark')",
    "who holds a lock": "IS_USED_LOCK('migrate:tidemark')",
    "a long sleep": "SLEEP(60)",
    "a sleep in a condition": "IF(SLEEP(60), 1, 0)",
    "a benchmark": "BENCHMARK(1000000000, SHA2('a', 512))",
    "much memory": "REPEAT('a', 60000000)",
    "much memory of a cast": "CAST('a' AS BINARY(60000000))",
    "a comment that is run": "/*!50000 SLEEP(60) */ 1",
    "a comment that MariaDB runs": "/*M! SLEEP(60) */ 1",
    "a hint that lifts limits": "/*+ MAX_EXECUTION_TIME(0) */ name",
    "a second statement": "1; SELECT 1",
    "a template": "{{ 1 + 1 }}",
    "a template of much memory": "{{ ('a' * 10000000) | length }}",
    "a template that loops": "{% for a in range(9) %}{% endfor %} 1",
    "much text": "name" + " + 1" * 2_000,
    "deep brackets": "(" * 900 + "1" + ")" * 900,
}

PLACES: dict[str, Any] = {
    "column": lambda sql: {"columns": [adhoc(sql)]},
    "axis": lambda sql: {
        "columns": [adhoc(sql) | {"columnType": "BASE_AXIS", "timeGrain": "PT1H"}],
        "metrics": [],
    },
    "metric": lambda sql: {"columns": ["source"], "metrics": [adhoc(sql)]},
    "filter": lambda sql: {
        "columns": ["name"],
        "filters": [{"col": adhoc(sql), "op": "==", "val": "1"}],
    },
    "order": lambda sql: {"columns": ["source"], "metrics": [], "orderby": [[adhoc(sql), True]]},
    "where": lambda sql: {"columns": ["name"], "extras": {"where": sql}},
    "having": lambda sql: {
        "columns": ["source"],
        "metrics": ["people_count"],
        "extras": {"having": sql},
    },
    "series limit": lambda sql: {
        "columns": ["source"],
        "metrics": ["people_count"],
        "series_columns": ["source"],
        "series_limit": 3,
        "series_limit_metric": adhoc(sql),
        "is_timeseries": True,
        "granularity": "last_seen_at",
    },
}


RESAMPLED = {"operation": "resample", "options": {"method": "asfreq", "rule": "1S"}}
_NAMES = {
    "index": ["name"],
    "columns": ["name"] * 6,
    "aggregates": {"people_count": {"operator": "sum"}},
}
PIVOTED = {"operation": "pivot", "options": _NAMES}


def adhoc(sql: str) -> dict[str, Any]:
    return {"expressionType": "SQL", "label": "mine", "sqlExpression": sql}


@pytest.fixture(scope="module")
def viewer(superset: RunningSuperset) -> Api:
    return superset.api("viewer")


@pytest.fixture(scope="module")
def columns_of(superset: RunningSuperset) -> dict[str, list[str]]:
    """Of each dataset; a viewer may not list them."""
    admin = superset.api("admin")
    found = {one["table_name"]: f"/api/v1/dataset/{one['id']}" for one in admin.objects("dataset")}
    listed = {
        name: admin.ask("GET", path).json()["result"]["columns"] for name, path in found.items()
    }
    return {name: [column["column_name"] for column in columns] for name, columns in listed.items()}


@pytest.fixture(scope="module")
def datasets(superset: RunningSuperset) -> dict[str, int]:
    return {one["table_name"]: one["id"] for one in superset.api("admin").objects("dataset")}


@pytest.fixture(scope="module")
def people(datasets: dict[str, int]) -> dict[str, Any]:
    return {"id": datasets["people"], "type": "table"}


def refusal(viewer: Api, body: dict[str, Any]) -> str:
    """What Superset said as it refused; the status of a bad request, and no data."""
    answer = viewer.ask("POST", "/api/v1/chart/data", body)
    assert answer.status_code in (400, 403, 422), (answer.status_code, answer.text[:500])
    return answer.text


@pytest.mark.parametrize("sql", FOREIGN.values(), ids=FOREIGN)
def test_sql_of_a_viewer_reads_its_dataset_and_nothing_else(
    viewer: Api, people: dict[str, Any], sql: str
) -> None:
    bodies = {
        place: {"datasource": people, "force": True, "queries": [query(sql)]}
        for place, query in PLACES.items()
    }

    told = {place: refusal(viewer, body) for place, body in bodies.items()}

    assert [place for place, said in told.items() if "Custom SQL" not in said] == []


@pytest.mark.parametrize(
    "sql",
    [
        "name",
        "UPPER(name)",
        "IF(posts > 1, 'many', 'one')",
        "CASE WHEN source = 'x' THEN 'X' ELSE source END",
    ],
)
def test_sql_over_the_dataset_s_own_columns_is_run(
    viewer: Api, people: dict[str, Any], sql: str
) -> None:
    body = {
        "datasource": people,
        "force": True,
        "queries": [{"columns": [adhoc(sql)], "metrics": ["people_count"]}],
    }

    (result,) = viewer.ask("POST", "/api/v1/chart/data", body).json()["result"]

    assert result["rowcount"] > 0


@pytest.mark.parametrize("sql", [UNION, "SLEEP(60)", "{{ 1 + 1 }}"])
def test_samples_of_a_dataset_are_no_way_around(
    viewer: Api, people: dict[str, Any], sql: str
) -> None:
    path = f"/datasource/samples?datasource_type=table&datasource_id={people['id']}"

    for body in (
        {"filters": [{"col": adhoc(sql), "op": "==", "val": "1"}]},
        {"extras": {"where": sql}},
    ):
        answer = viewer.ask("POST", path, body)
        assert answer.status_code != 200, answer.text[:500]


def test_columns_that_a_dataset_does_not_list_stay_closed(
    viewer: Api, datasets: dict[str, int]
) -> None:
    """In an aggregate or in custom SQL Superset lets it through, and the database refuses."""
    query = {"columns": ["payload"], "row_limit": 1}
    metric = {
        "expressionType": "SIMPLE",
        "column": {"column_name": "payload"},
        "aggregate": "MAX",
        "label": "mine",
    }

    for asked in (query, {"columns": [], "metrics": [metric]}, {"columns": [adhoc("payload")]}):
        body = {
            "datasource": {"id": datasets["rejected"], "type": "table"},
            "force": True,
            "queries": [asked],
        }
        assert "payload" in refusal(viewer, body)


def test_each_dataset_can_be_read_by_the_account_of_the_charts(
    viewer: Api, datasets: dict[str, int], columns_of: dict[str, list[str]]
) -> None:
    for name, number in datasets.items():
        query = {"columns": columns_of[name], "row_limit": 10}
        body = {"datasource": {"id": number, "type": "table"}, "force": True, "queries": [query]}
        answer = viewer.ask("POST", "/api/v1/chart/data", body)
        assert answer.status_code == 200, (name, answer.text[:500])


@pytest.mark.parametrize(
    ("queries", "told"),
    [
        ([{"columns": ["name"], "row_limit": 1}] * 21, "20 queries"),
        (
            [{"columns": ["name"], "time_offsets": [f"{days} days ago" for days in range(1, 30)]}],
            "20 queries",
        ),
        (
            [{"columns": ["name"], "filters": [{"col": "name", "op": "IN", "val": ["a"] * 201}]}],
            "200 values",
        ),
        ([{"columns": [adhoc("name" + " + 1" * 400)] * 10}], "characters of custom SQL"),
        ([{"columns": ["name"], "post_processing": [RESAMPLED]}], "resample"),
        (
            [{"columns": ["name"], "metrics": ["people_count"], "post_processing": [PIVOTED]}],
            "cells",
        ),
    ],
    ids=[
        "queries",
        "times to compare with",
        "values of a filter",
        "custom SQL",
        "seconds of years",
        "cells",
    ],
)
def test_a_request_that_asks_for_too_much_is_refused(
    viewer: Api, people: dict[str, Any], queries: list[dict[str, Any]], told: str
) -> None:
    assert told in refusal(viewer, {"datasource": people, "force": True, "queries": queries})


def test_a_body_of_many_megabytes_is_refused_before_it_is_read(superset: RunningSuperset) -> None:
    nobody = Api(superset.url, "", "")

    answer = nobody.ask("POST", "/api/v1/security/login", {"username": "a" * (5 << 20)})

    assert answer.status_code == 413


def test_requests_that_are_sent_by_half_keep_nobody_waiting(superset: RunningSuperset) -> None:
    """Headers without an end, and a body of which most is missing."""
    host, port = superset.url.removeprefix("http://").split(":")
    head = b"HTTP/1.1\r\nHost: x\r\n"
    halves = [b"GET /health " + head, b"POST /login/ " + head + b"Content-Length: 999\r\n\r\na"]
    with ExitStack() as opened:
        for half in halves * 40:
            opened.enter_context(socket.create_connection((host, int(port)))).sendall(half)

        answer = Api(superset.url, "", "").ask("GET", "/health")

    assert (answer.status_code, answer.text) == (200, "OK")


def test_while_every_chart_waits_people_still_sign_in(
    superset: RunningSuperset, viewer: Api, people: dict[str, Any], mysql: MysqlServer
) -> None:
    """A lock on the table, which the server's limit of time ends, stands for whatever may be
    slow."""
    body = {"datasource": people, "force": True, "queries": [{"columns": ["name"]}]}
    with (
        database.connect(mysql.settings, "root") as connection,
        connection.cursor() as cursor,
        ThreadPoolExecutor(16) as pool,
    ):
        cursor.execute(f"LOCK TABLES `{superset.environment['MYSQL_DATABASE']}`.users WRITE")
        asked = [pool.submit(viewer.ask, "POST", "/api/v1/chart/data", body) for _ in range(16)]
        wait_until(lambda: waiting(cursor) == CHART_THREADS)

        superset.browser("viewer")

        assert not any(future.done() for future in asked)
        cursor.execute("UNLOCK TABLES")
        assert [future.result().status_code for future in asked] == [200] * 16


def waiting(cursor: Any) -> int:
    """Statements of the charts that wait for a table."""
    cursor.execute("SHOW PROCESSLIST")
    rows = [dict(zip(cursor.column_names, row, strict=True)) for row in cursor.fetchall()]
    return sum(
        row["User"] == "tidemark_charts" and "metadata lock" in (row["State"] or "") for row in rows
    )
