"""Three brokers, and a job on two workers of Spark: what dies amid a drain loses nothing and
doubles nothing."""

import json
import re
import urllib.request
from collections.abc import Iterator
from typing import Any, Final

import pytest
from compose.compose_stack import ASK_EVERY_S, PATIENCE_S, PROJECT, ComposeStack
from waiting import wait_until

BROKERS: Final = {1: "kafka", 2: "kafka-2", 3: "kafka-3"}
SPARK: Final = ("spark-master", "spark-worker")
DRAIN_ROWS: Final = 12_000
BATCH_ROWS: Final = 500


@pytest.fixture(scope="module")
def cluster(building: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ComposeStack]:
    """Small batches, so that a drain is long enough to be disturbed. Superset knows of no cluster,
    and is left out."""
    stack = ComposeStack(
        servers=(*BROKERS.values(), "mysql", *SPARK, "spark", "producer"),
        COMPOSE_PROJECT_NAME=f"{PROJECT}-cluster",
        COMPOSE_FILE="docker-compose.yml:docker-compose.cluster.yml",
        TIDEMARK_SAMPLE__RATE="1",
        TIDEMARK_SAMPLE__HISTORY_MINUTES="1",
        TIDEMARK_SAMPLE__NETWORKS='["x"]',
        TIDEMARK_SPARK__MAX_ROWS_PER_BATCH=str(BATCH_ROWS),
    )
    with stack.running(tmp_path_factory.mktemp("cluster")):
        yield stack


def topics(cluster: ComposeStack) -> str:
    """As Kafka's own tool describes them."""
    return cluster.compose("run", "--rm", "--no-TTY", "kafka-cli", "kafka-topics.sh", "--describe")


def spark(cluster: ComposeStack) -> dict[str, Any]:
    """What the master tells of workers and applications."""
    with urllib.request.urlopen(
        f"http://127.0.0.1:{cluster.ports['SPARK_UI_PORT']}/json/", timeout=10
    ) as answer:
        return dict(json.load(answer))


def wait_until_it_has_both_cores(cluster: ComposeStack) -> None:
    """The one job that there is; where it does not get them, all that the master tells is in the
    error."""

    def has_both() -> bool:
        return [application["cores"] for application in spark(cluster)["activeapps"]] == [2]

    try:
        wait_until(has_both, patience_s=PATIENCE_S, every_s=ASK_EVERY_S)
    except AssertionError:
        raise AssertionError(json.dumps(spark(cluster))) from None


def leader(cluster: ComposeStack) -> str:
    """The broker whom all ask for the first partition of posts."""
    (number,) = re.findall(r"Topic: posts\s+Partition: 0\s+Leader: (\d)", topics(cluster))
    return BROKERS[int(number)]


def merged(cluster: ComposeStack) -> int:
    return sum(cluster.next_offsets().values())


def test_every_record_is_on_three_brokers_and_acknowledged_by_two(cluster: ComposeStack) -> None:
    told = topics(cluster)

    partitions = re.findall(r"Partition: \d+\s+Leader: \d+\s+Replicas: ([\d,]+)", told)
    assert partitions
    assert {tuple(sorted(replicas.split(","))) for replicas in partitions} == {("1", "2", "3")}
    assert set(re.findall(r"min\.insync\.replicas=(\d+)", told)) == {"2"}


def test_the_job_works_on_both_workers(cluster: ComposeStack) -> None:
    state = spark(cluster)

    assert [application["state"] for application in state["activeapps"]] == ["RUNNING"]
    assert [worker["coresused"] for worker in state["workers"] if worker["state"] == "ALIVE"] == [
        1,
        1,
    ]


def test_driver_and_executors_map_the_classes_of_spark_from_their_archive(
    cluster: ComposeStack,
) -> None:
    assert cluster.jvms_on_the_archive("spark") == 1
    assert [cluster.jvms_on_the_archive("spark-worker", index) for index in (1, 2)] == [1, 1]


def test_a_drain_amid_which_a_worker_and_a_broker_are_killed_loses_and_doubles_nothing(
    cluster: ComposeStack,
) -> None:
    broker = leader(cluster)
    cluster.compose("stop", "spark")
    assert cluster.inspect("spark")["State"]["ExitCode"] == 0
    said = cluster.compose("logs", "--no-log-prefix", "spark")
    assert "job stopped" in said
    assert re.findall(r"^(?:\s+at |Traceback|\S+ ERROR ).*", said, re.MULTILINE) == []
    cluster.send_posts(DRAIN_ROWS)
    before, ends = merged(cluster), cluster.end_offsets()

    cluster.compose("start", "spark")
    wait_until(lambda: merged(cluster) > before + 2 * BATCH_ROWS, patience_s=PATIENCE_S)
    cluster.kill("spark-worker", broker)

    assert merged(cluster) < sum(ends.values())
    cluster.wait_until_well()
    cluster.check_tables()
    assert merged(cluster) > before + DRAIN_ROWS


# The master last. A driver that was killed after it once had not got both cores in 20 s; not seen
# again in ten rounds, nor explained. Since SPARK-46346 a worker can register anew amid a recovery;
# whether that is why is not known.
@pytest.mark.parametrize("service", ["leader", "spark", "spark-master"])
def test_whatever_else_is_killed_the_cluster_goes_on_and_the_tables_still_equal(
    cluster: ComposeStack, service: str
) -> None:
    cluster.send_posts()
    driver_began_at = cluster.inspect("spark")["State"]["StartedAt"]

    cluster.kill(leader(cluster) if service == "leader" else service)

    cluster.wait_until_well()
    cluster.send_posts()
    cluster.check_tables()
    assert (cluster.inspect("spark")["State"]["StartedAt"] == driver_began_at) == (
        service != "spark"
    )
    wait_until_it_has_both_cores(cluster)
