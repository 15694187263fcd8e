"""Real servers, started once for all tests that ask for them."""

import asyncio
import os
import re
import secrets
from collections.abc import Iterator

import pytest
from e2e.stack_process import StackProcess
from pydantic import SecretStr
from servers import MysqlServer
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from tidemark.settings import MysqlSettings
from tidemark.stack.accounts import make_accounts
from tidemark.stack.embedded.database import Database
from tidemark.stack.embedded.kafka import Kafka
from tidemark.stack.embedded.server import bring_up
from tidemark.stack.java import find_java
from tidemark.stack.migrate import migrate
from tidemark.stack.project import FOLDER

JARS = FOLDER / ".jars"

# A JVM of a test lives for seconds. Its second compiler would take a third of the processor in
# them, for later.
os.environ["JDK_JAVA_OPTIONS"] = "-XX:TieredStopAtLevel=1"

CHAINS = ("tests/e2e/test_[a-k]", "tests/e2e/", "tests/services/test_superset_", "tests/spark/")
"""What follows one another in one process, by how its ids begin: servers are dear to start, and two
cores do not carry more than two whole pipelines."""


class Chains(LoadScopeScheduling):  # type: ignore[misc]
    """How several processes share the tests; what is in none of CHAINS goes by file."""

    def _split_scope(self, nodeid: str) -> str:
        return next(
            (chain for chain in CHAINS if re.match(chain, nodeid)), nodeid.split("::", 1)[0]
        )


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Chains:
    return Chains(config, log)


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kafka]:
    """A broker without topics; tests share it, so they make topics with names of their own."""
    folder = tmp_path_factory.mktemp("kafka")
    server = Kafka(folder, jars=JARS / "kafka", java=find_java(), log_file=folder / "kafka.log")
    child = asyncio.run(bring_up(server))
    yield server
    child.stop()


@pytest.fixture(scope="session")
def mysql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MysqlServer]:
    """A MariaDB or MySQL with nothing in it but root."""
    folder = tmp_path_factory.mktemp("database")
    passwords = {
        f"{account}_password": SecretStr(secrets.token_urlsafe(16))
        for account in ("root", "migrator", "writer", "reader", "charts")
    }
    server = Database(
        folder,
        root_password=passwords["root_password"].get_secret_value(),
        log_file=folder / "database.log",
        buffer_pool_mb=256,
    )
    child = asyncio.run(bring_up(server))
    yield MysqlServer(MysqlSettings(port=server.port, **passwords))
    child.stop()


@pytest.fixture
def tables(mysql: MysqlServer) -> Iterator[MysqlSettings]:
    """A database with all tables and no rows, with the staging database beside it, for one test."""
    settings = mysql.new_database()
    make_accounts(settings)
    migrate(settings)
    yield settings
    mysql.drop(settings)


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StackProcess]:
    """All servers as `tidemark up` starts them, with made-up posts flowing; what one ends comes
    back."""
    process = StackProcess(
        tmp_path_factory.mktemp("stack"), TIDEMARK_SOURCE="sample", TIDEMARK_SAMPLE__RATE="1"
    )
    try:
        process.start()
        process.wait_for_output("First chart after")
        yield process
        assert process.run("down").returncode == 0
        assert process.wait() == 0
        assert process.processes() == []
    finally:
        process.stop()
