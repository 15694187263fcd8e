"""The whole stack in containers: from nothing, through every container's death, to nothing."""

import os
import subprocess

import pytest
from chart_answers import ALWAYS_FILLED
from compose.compose_stack import PATIENCE_S, PROJECT, SERVERS, ComposeStack
from waiting import wait_until

from tidemark.contracts.topics import TOPICS
from tidemark.stack.project import FOLDER

SHARES = {
    "mysql": ["root_password"],
    "superset": [
        "MYSQL_PASSWORD",
        "SUPERSET_ADMIN_PASSWORD",
        "SUPERSET_SECRET_KEY",
        "SUPERSET_VIEWER_PASSWORD",
    ],
    "spark": ["TIDEMARK_MYSQL__WRITER_PASSWORD"],
    "producer": [],
}
"""The secrets that a container may see."""


def test_every_chart_answers(compose: ComposeStack) -> None:
    api = compose.superset()

    filled = [chart for dashboard in ALWAYS_FILLED for chart in api.charts_on(dashboard)]
    wait_until(lambda: all(api.rows(chart) for chart in filled), patience_s=PATIENCE_S)
    for chart in api.contexts:
        api.rows(chart)

    assert len(api.contexts) == len(
        list((FOLDER / "superset" / "assets" / "charts").rglob("*.yaml"))
    )


@pytest.mark.parametrize("service", SHARES)
def test_a_container_sees_its_own_secrets_and_nobody_else_may_read_them(
    compose: ComposeStack, service: str
) -> None:
    look = "cd /run/tidemark && find . -type f -exec stat -c '%a %n' {} + | sort"
    listing = compose.compose("exec", "--no-TTY", service, "sh", "-c", look)

    assert listing.splitlines() == [f"400 ./{name}" for name in SHARES[service]]


def test_no_secret_is_in_what_docker_tells_of_a_container(compose: ComposeStack) -> None:
    secrets = [compose.secret(service, name) for service, names in SHARES.items() for name in names]
    told = "".join(str(compose.inspect(service)) for service in (*SERVERS, "secrets", "prepare"))
    logs = compose.compose("logs", "--no-color")

    assert len(set(secrets)) == len(secrets)
    assert [secret for secret in secrets if secret in told or secret in logs] == []


def test_ours_are_not_root_and_may_write_nowhere_but_into_what_is_mounted(
    compose: ComposeStack,
) -> None:
    for service in ("producer", "spark", "superset"):
        whole = "id -u; touch /srv/somewhere /opt/somewhere 2>&1 | grep -c 'Read-only'"
        assert compose.compose("exec", "--no-TTY", service, "sh", "-c", whole).split() == [
            "10001",
            "2",
        ]


def test_java_maps_the_classes_of_spark_from_their_archive(compose: ComposeStack) -> None:
    assert compose.jvms_on_the_archive("spark") == 1


def test_posts_flow_and_the_tables_equal_a_recount_of_the_topic(compose: ComposeStack) -> None:
    compose.send_posts()

    compose.check_tables()


@pytest.mark.parametrize("service", SERVERS)
def test_a_killed_container_comes_back_and_the_tables_still_equal(
    compose: ComposeStack, service: str
) -> None:
    compose.send_posts()

    compose.kill(service)

    compose.wait_until_well()
    compose.send_posts()
    compose.check_tables()


def test_after_a_restart_the_tables_still_equal(compose: ComposeStack) -> None:
    compose.send_posts()

    compose.compose("restart")

    compose.wait_until_well()
    compose.check_tables()


def test_down_keeps_the_data_and_up_goes_on(compose: ComposeStack) -> None:
    compose.send_posts()
    before = compose.secret("mysql", "root_password")

    compose.compose("down")
    compose.up()

    assert compose.secret("mysql", "root_password") == before
    compose.send_posts()
    compose.check_tables()


def test_after_a_reboot_all_comes_back_by_itself(compose: ComposeStack) -> None:
    folder = os.environ.get("OWN_ENGINE")
    if folder is None:
        pytest.skip("the engine is the machine's, and not ours to stop")
    compose.send_posts()

    for command in ("stop.sh", "start.sh"):
        subprocess.run(
            [FOLDER / "deploy" / "engine" / command, folder],
            check=True,
            capture_output=True,
            timeout=180,
        )

    compose.wait_until_well()
    compose.check_tables()


def test_the_lake_has_each_record_once(compose: ComposeStack) -> None:
    compose.compose("stop", "producer")
    sent = sorted(
        (partition, offset)
        for (topic, partition), end in compose.end_offsets().items()
        for offset in range(end)
        if topic == "posts"
    )

    wait_until(lambda: len(compose.places_in_lake()) >= len(sent), patience_s=PATIENCE_S)

    assert compose.places_in_lake() == sent
    compose.compose("start", "producer")


def test_the_tools_ask_kafka_and_mysql(compose: ComposeStack) -> None:
    topics = compose.compose("run", "--rm", "--no-TTY", "kafka-cli")
    rows = compose.compose(
        "run",
        "--rm",
        "--no-TTY",
        "mysql-cli",
        "--execute=SELECT COUNT(*) > 0 FROM posts",
        "--silent",
    )

    assert topics.split() == sorted(TOPICS)
    assert rows.split() == ["1"]


def test_down_with_volumes_leaves_nothing(compose: ComposeStack) -> None:
    compose.compose("--profile", "*", "down", "--volumes")

    label = f"--filter=label=com.docker.compose.project={PROJECT}"
    left = [
        compose.docker(*kind, label, "--quiet")
        for kind in (("ps", "--all"), ("volume", "ls"), ("network", "ls"))
    ]
    assert left == ["", "", ""]
