"""Time every chart, and what the filters offer, over ten million hashtags; the last line is JSON.

    .venv/bin/python bench/charts.py [--hashtags 10000000] [--folder /tmp/tidemark-charts]

Starts a separate MariaDB and Superset, loads them with load_hashtags.py (a folder that is loaded already is
reused), and requests each chart through Superset's API, bypassing its cache. `sql` is the time of the same statement
sent directly to the database; `answer` is what a browser waits for.
"""

import argparse
import asyncio
import json
import os
import secrets
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))

from dashboard_api import Api
from load_hashtags import Size, load
from pydantic import SecretStr

from tidemark import mysql
from tidemark.settings import MysqlSettings, Settings, SupersetSettings
from tidemark.stack.accounts import make_accounts
from tidemark.stack.chart_grants import grant_charts
from tidemark.stack.embedded.dashboards import Dashboards
from tidemark.stack.embedded.database import Database
from tidemark.stack.embedded.ports import free_port
from tidemark.stack.embedded.server import bring_up
from tidemark.stack.migrate import migrate

LIMIT_MS = 300
HASHTAGS_FILTER = {"col": "hashtag", "op": "IN", "val": ["topic1", "łódź5", "topic70000"]}
SOURCE_FILTER = {"col": "source", "op": "IN", "val": ["sample"]}


@dataclass(frozen=True)
class Case:
    """One query of one chart: its context as Superset's API takes it."""

    chart: str
    span: str
    context: dict[str, Any]


@dataclass(frozen=True)
class Timed:
    """Milliseconds of all runs of a case."""

    case: Case
    rows: int
    sql_ms: list[float]
    answer_ms: list[float]

    @property
    def sql_median_ms(self) -> float:
        return statistics.median(self.sql_ms)


@contextmanager
def servers(folder: Path) -> Iterator[tuple[Api, MysqlSettings, Callable[[], None]]]:
    """Yield Superset's API, the database, and a function that starts Superset once the tables are full."""
    folder.mkdir(parents=True, exist_ok=True)
    keys = folder / "passwords.json"
    if not keys.exists():
        names = ("root", "migrator", "writer", "reader", "charts", "admin", "viewer", "secret")
        keys.touch(mode=0o600)
        keys.write_text(json.dumps({name: secrets.token_urlsafe(40) for name in names}))
    known = {name: SecretStr(value) for name, value in json.loads(keys.read_text()).items()}
    database = Database(
        folder / "database",
        root_password=known["root"].get_secret_value(),
        log_file=folder / "database.log",
        buffer_pool_mb=1024,
    )
    children = [asyncio.run(bring_up(database))]
    try:
        tables = MysqlSettings(
            port=database.port,
            root_password=known["root"],
            migrator_password=known["migrator"],
            writer_password=known["writer"],
            reader_password=known["reader"],
            charts_password=known["charts"],
        )
        charts = SupersetSettings(
            secret_key=known["secret"],
            admin_password=known["admin"],
            viewer_password=known["viewer"],
        )
        dashboards = Dashboards(
            folder / "superset",
            settings=Settings(mysql=tables, superset=charts),
            port=free_port(),
            log_file=folder / "superset.log",
        )
        api = Api(dashboards.url, "", known["admin"].get_secret_value())
        yield api, tables, lambda: children.append(asyncio.run(bring_up(dashboards)))
    finally:
        for child in reversed(children):
            child.stop()


def fill(tables: MysqlSettings, size: Size) -> None:
    """Fill all tables, unless they are full already."""
    make_accounts(tables)
    migrate(tables)
    grant_charts(tables)
    started = time.monotonic()
    with mysql.connect(tables, "migrator") as connection, connection.cursor() as cursor:
        cursor.execute("SELECT COALESCE(SUM(hashtag_uses), 0) FROM post_minutes")
        if (found := int(cursor.fetchone()[0])) >= size.posts:
            print(f"taken as it is: {found:,} uses of hashtags", file=sys.stderr)
            return
        for done in load(
            connection, size, datetime.now(UTC).replace(second=0, microsecond=0, tzinfo=None)
        ):
            print(
                f"\rloading: {done}, {time.monotonic() - started:.0f} s".ljust(70),
                end="",
                file=sys.stderr,
            )
    print(file=sys.stderr)


def ranges(tables: MysqlSettings) -> dict[str, str]:
    """Return ranges of the lengths that people choose, back from the newest post."""
    with mysql.connect(tables, "reader") as connection, connection.cursor() as cursor:
        cursor.execute("SELECT MAX(minute_at) FROM post_minutes")
        end_at = cursor.fetchone()[0] + timedelta(minutes=1)
    lengths = {
        "hour": timedelta(hours=1),
        "6 hours": timedelta(hours=6),
        "day": timedelta(days=1),
        "3 days": timedelta(days=3),
        "week": timedelta(days=7),
        "month": timedelta(days=29, hours=20, minutes=7),
    }
    return {
        name: f"{(end_at - length).isoformat()} : {end_at.isoformat()}"
        for name, length in lengths.items()
    } | {"no filter": "No filter"}


def cases(api: Api, spans: dict[str, str]) -> Iterator[Case]:
    """Yield every chart over every range, the hashtag charts with filters too, and the options of both filters."""
    for chart in sorted(api.objects("chart"), key=lambda one: str(one["slice_name"])):
        name = chart["slice_name"]
        saved = api.ask("GET", f"/api/v1/chart/{chart['id']}").json()["result"]["query_context"]
        if not _timed_by(json.loads(saved)):
            yield Case(name, "always now", json.loads(saved))
            continue
        for span, time_range in spans.items():
            yield Case(name, span, _over(json.loads(saved), time_range))
        if "ashtag" in name and name != "Hashtag uses":
            for what, given in (("3 hashtags", HASHTAGS_FILTER), ("one source", SOURCE_FILTER)):
                yield Case(name, f"week, {what}", _over(json.loads(saved), spans["week"], given))
    for dataset, column, sort in (
        ("hashtag_names", "hashtag", "weight_sum"),
        ("post_minutes", "source", None),
    ):
        yield Case(f"filter: {column}", "options", _options(api, dataset, column, sort))


def _timed_by(context: dict[str, Any]) -> bool:
    return any(
        given["op"] == "TEMPORAL_RANGE"
        for query in context["queries"]
        for given in query["filters"]
    )


def _over(context: dict[str, Any], time_range: str, *filters: dict[str, Any]) -> dict[str, Any]:
    for query in context["queries"]:
        for given in query["filters"]:
            if given["op"] == "TEMPORAL_RANGE":
                given["val"] = time_range
        query["filters"] += filters
    return context


def _options(api: Api, dataset: str, column: str, sort: str | None) -> dict[str, Any]:
    """Return the query that a filter sends when it is opened."""
    number = next(one["id"] for one in api.objects("dataset") if one["table_name"] == dataset)
    query = {
        "columns": [column],
        "filters": [],
        "row_limit": 1000,
        "metrics": [sort] if sort else [],
    }
    return {"datasource": {"id": number, "type": "table"}, "queries": [query | {"orderby": []}]}


def measure(case: Case, api: Api, cursor: Any, runs: int) -> Timed:
    """Measure `runs` runs, after one to warm up."""
    statement = _ask(api, case.context | {"result_type": "query"})["query"].rstrip("; \n")
    sql_ms, answer_ms = [], []
    rows = 0
    for _ in range(runs + 1):
        started = time.perf_counter()
        rows = _ask(
            api, case.context | {"force": True, "result_type": "full", "result_format": "json"}
        )["rowcount"]
        answer_ms.append((time.perf_counter() - started) * 1000)
        started = time.perf_counter()
        cursor.execute(statement)
        cursor.fetchall()
        sql_ms.append((time.perf_counter() - started) * 1000)
    return Timed(case, rows, sql_ms[1:], answer_ms[1:])


def _ask(api: Api, context: dict[str, Any]) -> dict[str, Any]:
    answer = api.ask("POST", "/api/v1/chart/data", context)
    if answer.status_code != 200:
        sys.exit(f"Superset answers {answer.status_code}: {answer.text[:500]}")
    result: dict[str, Any] = answer.json()["result"][0]
    if result.get("error"):
        sys.exit(f"Superset answers: {result['error'][:500]}")
    return result


def report(all_timed: list[Timed], size: Size) -> None:
    worst = max(all_timed, key=lambda timed: timed.sql_median_ms)
    over = [timed for timed in all_timed if timed.sql_median_ms >= LIMIT_MS]
    summary = {
        "hashtags": size.posts * 2,
        "queries": len(all_timed),
        "over_300_ms": [f"{timed.case.chart}, {timed.case.span}" for timed in over],
        "sql_median_ms": round(statistics.median(timed.sql_median_ms for timed in all_timed)),
        "sql_worst_ms": round(worst.sql_median_ms),
        "sql_worst_of": f"{worst.case.chart}, {worst.case.span}",
        "answer_worst_ms": round(max(statistics.median(timed.answer_ms) for timed in all_timed)),
        "load_average": [round(load, 2) for load in os.getloadavg()],
    }
    print(json.dumps(summary))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--folder", type=Path, default=Path("/tmp/tidemark-charts"))
    parser.add_argument("--hashtags", type=int, default=10_000_000)
    parser.add_argument("--users", type=int, default=500_000)
    parser.add_argument("--tags", type=int, default=100_000)
    parser.add_argument("--runs", type=int, default=5)
    chosen = parser.parse_args()
    size = Size(chosen.hashtags, chosen.users, chosen.tags, days=30)
    with servers(chosen.folder) as (api, tables, start_superset):
        fill(tables, size)
        start_superset()
        api = Api(api.url, "admin", api.password)
        print(
            f"{'chart':24} {'range':18} {'rows':>6}  {'sql ms: min median max':>24}  {'answer ms':>9}"
        )
        all_timed = []
        with mysql.connect(tables, "reader") as connection, connection.cursor() as cursor:
            for case in cases(api, ranges(tables)):
                timed = measure(case, api, cursor, chosen.runs)
                all_timed.append(timed)
                sql = f"{min(timed.sql_ms):8.1f}{timed.sql_median_ms:8.1f}{max(timed.sql_ms):8.1f}"
                answer = statistics.median(timed.answer_ms)
                print(
                    f"{case.chart:24} {case.span:18} {timed.rows:>6}  {sql:>24}  {answer:9.1f}",
                    flush=True,
                )
        report(all_timed, size)


if __name__ == "__main__":
    main()
