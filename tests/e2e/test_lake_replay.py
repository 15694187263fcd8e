"""The lake and MySQL agree: tables built from the lake are those that the live job has built from
Kafka."""

import io
from typing import Any

from drivers import ask
from e2e.made_up import made_up
from e2e.pipeline import Pipeline
from posts_job import PATIENCE_S, PostsJob
from rich.console import Console
from servers import MysqlServer
from waiting import wait_until

from spark_jobs.replay.lake import replay_lake
from tidemark.lake.location import LakeLocation
from tidemark.lake.table import LakeTable
from tidemark.settings import MysqlSettings, Settings
from tidemark.stack.accounts import make_accounts
from tidemark.stack.migrate import migrate

OF_THE_WAY = {"job_progress", "ledger", "retention", "schema_migrations"}


def rows(settings: MysqlSettings) -> dict[str, list[tuple[Any, ...]]]:
    """Every table but those that tell of the way it was filled."""
    found = ask(
        settings, "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE()"
    )
    names = sorted({name for (name,) in found} - OF_THE_WAY)
    return {name: sorted(ask(settings, f"SELECT * FROM `{name}`"), key=repr) for name in names}


def test_tables_built_from_the_lake_are_those_of_the_live_job(
    pipeline: Pipeline, mysql: MysqlServer
) -> None:
    place = LakeLocation(str(pipeline.folder / "lake"))
    live = pipeline.start_job()
    folder = pipeline.folder / "lake-job"
    folder.mkdir()
    environment = pipeline.environment(
        pipeline.folder / "lake-data", LAKE__PATH=place.uri, LAKE__EVERY_S=1
    )
    lake = PostsJob(environment, folder, name="lake")
    pipeline.jobs.append(lake)
    pipeline.send_posts(made_up(2000))
    pipeline.send(
        [(b"no json", [("source", b"x")]), (None, []), (b"[]", [("source", b"nobody")])] * 5
    )
    sent = len(pipeline.sent) + 15

    def is_stored() -> bool:
        assert lake.is_running(), lake.log()
        table = LakeTable.find(place, "posts")
        return table is not None and sum(file.rows for file in table.files()) == sent

    wait_until(is_stored, patience_s=PATIENCE_S)
    pipeline.wait_until_drained(live)
    lake.stop()
    live.stop()
    assert pipeline.differences() == []

    rebuilt = mysql.new_database()
    make_accounts(rebuilt)
    migrate(rebuilt)
    merged = replay_lake(Settings(mysql=rebuilt), place, "posts", None, Console(file=io.StringIO()))

    assert merged == sent
    assert rows(rebuilt) == rows(pipeline.settings)
    mysql.drop(rebuilt)
