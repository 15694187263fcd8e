"""What a source was not heard, from the producer through Kafka and Spark to the tables and the
chart; two sources."""

import signal
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from dashboard_api import Api
from e2e.stack_process import StackProcess
from pydantic import SecretStr
from stand_ins.event_streams import (
    Action,
    Changes,
    Connection,
    EventStreams,
    Refuse,
    made_up_change,
)
from stand_ins.x_api_script import Cut, Hold
from waiting import wait_until, wait_until_gone

from tidemark import mysql
from tidemark.settings import MysqlSettings

PATIENCE_S = 180

GOES_ON: Sequence[Action] = [Hold(for_s=1), Changes(20), Hold()]
"""What is sent after we hear again shows that nothing before it is missing."""
SCRIPT: list[Connection] = [
    [Changes(20), Hold(for_s=3), Cut()],
    Refuse(503, headers={"Retry-After": "7"}),
    GOES_ON,
    GOES_ON,
]
"""Twenty changes and a cut; away for seven seconds; all is well; and once more, for the next
run."""


@pytest.fixture
def wikimedia() -> Iterator[EventStreams]:
    changes = [lambda at_ms, number=number: made_up_change(number, at_ms) for number in range(60)]
    with EventStreams(changes, script=SCRIPT) as streams:
        yield streams


def rows(stack: StackProcess, sql: str) -> list[tuple[Any, ...]]:
    """As the reader of charts."""
    (port,) = (
        service.port for service in stack.running().services if service.name in ("MariaDB", "MySQL")
    )
    assert port is not None
    settings = MysqlSettings(
        port=port, reader_password=SecretStr(stack.secret("MYSQL__READER_PASSWORD"))
    )
    with mysql.connect(settings, "reader") as connection, connection.cursor() as cursor:
        cursor.execute(sql)
        return list(cursor.fetchall())


def gaps(stack: StackProcess) -> list[tuple[str, str, str]]:
    """Source, why and state, in order."""
    found = rows(stack, "SELECT source, why, state FROM source_gaps ORDER BY began_at")
    return [(source, "cut" if why == "refused" else why, state) for source, why, state in found]


def heard_in_gaps(stack: StackProcess) -> int:
    """Seconds of wikimedia that are in a gap, and in those that were heard."""
    found = rows(
        stack,
        """
        WITH RECURSIVE numbers (second) AS (SELECT 0 UNION ALL SELECT second + 1 FROM numbers WHERE second < 59)
        SELECT COUNT(*) FROM source_minutes minutes JOIN numbers ON seconds >> second & 1
        JOIN source_gaps gaps ON gaps.source = minutes.source
          AND minute_at + INTERVAL second SECOND >= began_at AND minute_at + INTERVAL second SECOND < ended_at
        """,
    )
    return int(found[0][0])


def test_a_cut_and_a_stop_are_gaps_that_heal_and_every_other_second_was_heard(
    wikimedia: EventStreams, tmp_path: Path
) -> None:
    stack = StackProcess(
        tmp_path,
        TIDEMARK_SOURCES="sample,wikimedia",
        TIDEMARK_SAMPLE__RATE="5",
        TIDEMARK_SAMPLE__NETWORKS='["x"]',
        TIDEMARK_WIKIMEDIA__URL=wikimedia.url,
        TIDEMARK_WIKIMEDIA__CONTACT="somebody@example.org",
    )
    try:
        stack.start()
        stack.wait_until_up()
        assert {"Producer (sample)", "Producer (wikimedia)"} <= {
            one.name for one in stack.running().services
        }
        wait_until(lambda: gaps(stack) == [("wikimedia", "cut", "healed")], patience_s=PATIENCE_S)
        wait_until(lambda: stack.count_rows("edits") == 40, patience_s=PATIENCE_S)

        stack.signal(signal.SIGKILL)
        stack.wait()
        wait_until_gone(stack.processes)
        stack.start()
        stack.wait_until_up()
        both = [("wikimedia", "cut", "healed"), ("wikimedia", "stopped", "healed")]
        wait_until(lambda: gaps(stack) == both, patience_s=PATIENCE_S)
        wait_until(lambda: stack.count_rows("edits") == 60, patience_s=PATIENCE_S)

        sums = "SELECT source, SUM(heard_s) FROM source_minutes GROUP BY source"
        wait_until(
            lambda: min(map(int, dict(rows(stack, sums)).values())) > 20, patience_s=PATIENCE_S
        )
        assert heard_in_gaps(stack) == 0
        assert {source for source, _ in rows(stack, sums)} == {"sample", "wikimedia"}
        url = stack.running().dashboards_url
        assert url is not None
        charts = Api(url, "viewer", stack.secret("SUPERSET__VIEWER_PASSWORD"))
        assert [(row["source"], row["state"]) for row in charts.rows("Gaps")] == [
            ("wikimedia", "healed")
        ] * 2
        # It shows minutes that are over.
        wait_until(
            lambda: (
                {row["source"] for row in charts.rows("Seconds covered")} == {"sample", "wikimedia"}
            ),
            patience_s=PATIENCE_S,
        )
    finally:
        stack.stop()
    assert stack.processes() == []
