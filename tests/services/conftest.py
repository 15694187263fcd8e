"""One Superset over one small past, for all tests of charts."""

import asyncio
import secrets
from collections.abc import Iterator

import pytest
from chart_history import Post, fill, make_posts
from coverage_history import Told, fill_coverage, make_coverage
from dashboard_api import RunningSuperset
from edit_history import MadeEdit, fill_edits, make_edits
from engagement_history import fill_engagement, make_observations
from pydantic import SecretStr
from servers import MysqlServer

from tidemark.settings import Settings, SupersetSettings
from tidemark.stack.accounts import make_accounts
from tidemark.stack.chart_grants import grant_charts
from tidemark.stack.embedded.dashboards import Dashboards
from tidemark.stack.embedded.ports import free_port
from tidemark.stack.embedded.server import bring_up
from tidemark.stack.migrate import migrate


@pytest.fixture(scope="session")
def posts() -> list[Post]:
    return make_posts()


@pytest.fixture(scope="session")
def edits() -> list[MadeEdit]:
    return make_edits()


@pytest.fixture(scope="session")
def coverage() -> Told:
    return make_coverage()


@pytest.fixture(scope="session")
def superset(
    mysql: MysqlServer,
    posts: list[Post],
    edits: list[MadeEdit],
    coverage: Told,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[RunningSuperset]:
    database = mysql.new_database()
    make_accounts(database)
    migrate(database)
    grant_charts(database)
    fill(database, posts)
    fill_edits(database, edits)
    fill_coverage(database, coverage)
    fill_engagement(database, make_observations())
    passwords = {user: secrets.token_urlsafe(16) for user in ("admin", "viewer")}
    settings = Settings(
        mysql=database,
        superset=SupersetSettings(
            secret_key=SecretStr(secrets.token_urlsafe(42)),
            **{f"{user}_password": SecretStr(password) for user, password in passwords.items()},
        ),
    )
    folder = tmp_path_factory.mktemp("superset")
    server = Dashboards(
        folder, settings=settings, port=free_port(), log_file=folder / "superset.log"
    )
    child = asyncio.run(bring_up(server))
    yield RunningSuperset(server.url, passwords, server.environment or {})
    child.stop()
    mysql.drop(database)
