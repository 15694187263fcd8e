"""What Superset keeps in its own tables: no more than it must, and nothing that is lost with its
key."""

import secrets
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from dashboard_api import Api, RunningSuperset

from tidemark.stack.project import FOLDER, SUPERSET


@pytest.fixture(scope="module")
def viewer(superset: RunningSuperset) -> Api:
    return superset.browser("viewer")


@pytest.fixture(scope="module")
def dashboard(viewer: Api) -> int:
    return int(viewer.ask("GET", "/api/v1/dashboard/tidemark").json()["result"]["id"])


def stored(superset: RunningSuperset, question: str) -> list[tuple[Any, ...]]:
    with closing(
        sqlite3.connect(Path(superset.environment["SUPERSET_HOME"], "superset.db"))
    ) as connection:
        return connection.execute(question).fetchall()


def counts(superset: RunningSuperset) -> dict[str, int]:
    """Rows of each table."""
    tables = [
        name for (name,) in stored(superset, "SELECT name FROM sqlite_master WHERE type = 'table'")
    ]
    return {name: stored(superset, f'SELECT COUNT(*) FROM "{name}"')[0][0] for name in tables}


def test_an_open_dashboard_adds_no_rows(superset: RunningSuperset, viewer: Api) -> None:
    before = counts(superset)

    for chart in viewer.contexts:
        viewer.rows(chart)
    viewer.ask("GET", "/superset/dashboard/tidemark/")
    viewer.ask("POST", "/superset/log/?explode=events", [])

    assert counts(superset) == before


def test_filters_that_a_viewer_sets_are_kept_and_are_no_rows(
    superset: RunningSuperset, viewer: Api, dashboard: int
) -> None:
    before, path = counts(superset), f"/api/v1/dashboard/{dashboard}/filter_state"

    key = viewer.ask("POST", path, {"value": '{"a": 1}'}).json()["key"]

    assert viewer.ask("GET", f"{path}/{key}").json()["value"] == '{"a": 1}'
    assert counts(superset) == before


def test_what_is_too_large_to_keep_is_refused(viewer: Api, dashboard: int) -> None:
    large = "a" * (1 << 20)
    path = f"/api/v1/dashboard/{dashboard}"
    key = viewer.ask("POST", f"{path}/filter_state", {"value": "{}"}).json()["key"]

    answers = [
        viewer.ask("POST", f"{path}/filter_state", {"value": f'"{large}"'}),
        viewer.ask("PUT", f"{path}/filter_state/{key}", {"value": f'"{large}"'}),
        viewer.ask("POST", f"{path}/permalink", {"anchor": large}),
    ]

    assert [answer.status_code for answer in answers] == [413] * 3


def test_a_link_to_a_dashboard_works(viewer: Api, dashboard: int) -> None:
    made = viewer.ask("POST", f"/api/v1/dashboard/{dashboard}/permalink", {"anchor": "here"}).json()

    assert viewer.ask("GET", f"/api/v1/dashboard/permalink/{made['key']}").json()["state"] == {
        "anchor": "here"
    }


SECRETS = (
    "SUPERSET_SECRET_KEY",
    "SUPERSET_ADMIN_PASSWORD",
    "SUPERSET_VIEWER_PASSWORD",
    "MYSQL_PASSWORD",
)

READ_A_TABLE = """
import bootstrap
app = bootstrap.main(["assets"])
with app.app_context():
    from superset.extensions import db
    from superset.models.core import Database
    database = db.session.query(Database).one()
    with database.get_raw_connection() as connection:
        cursor = connection.cursor()
        cursor.execute("SELECT COUNT(*) > 0 FROM post_minutes")
        print("read:", cursor.fetchone()[0])
"""


def test_under_another_key_it_starts_and_reads_the_tables(
    superset: RunningSuperset, tmp_path: Path
) -> None:
    """On a copy of the store. The password of the database is kept in it, under the key. Secrets
    come in files."""
    with (
        closing(
            sqlite3.connect(Path(superset.environment["SUPERSET_HOME"], "superset.db"))
        ) as store,
        closing(sqlite3.connect(tmp_path / "superset.db")) as copied,
    ):
        store.backup(copied)
    environment = superset.environment | {
        "SUPERSET_HOME": str(tmp_path),
        "SUPERSET_SECRETS_DIR": str(tmp_path),
    }
    given = {name: environment.pop(name) for name in SECRETS}
    for name, secret in (given | {"SUPERSET_SECRET_KEY": secrets.token_urlsafe(42)}).items():
        (tmp_path / name).write_text(secret)

    done = subprocess.run(
        [FOLDER / ".venv-superset" / "bin" / "python", "-c", READ_A_TABLE],
        env=environment,
        cwd=SUPERSET,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.stdout.splitlines()[-1:] == ["read: 1"], done.stderr[-2_000:]
