"""What docker-compose.yml promises, as Compose itself reads it."""

import json
import re
import subprocess
from collections.abc import Iterator
from typing import Any, Final

import pytest
from compose.compose_stack import SERVERS, ComposeStack

from tidemark.settings import Settings
from tidemark.settings.processes import PROCESSES
from tidemark.stack.project import FOLDER

ONCE = ("secrets", "prepare")
FILES = ("docker-compose.yml", "docker-compose.yml:docker-compose.cluster.yml")


@pytest.fixture(scope="module", params=FILES)
def services(request: pytest.FixtureRequest) -> dict[str, Any]:
    return services_of(request.param)


def services_of(files: str) -> dict[str, Any]:
    """Return the services of all profiles, as Compose reads them."""
    stack = ComposeStack(COMPOSE_FILE=files)
    text = stack.compose("--profile", "*", "config", "--format", "json")
    return dict(json.loads(text)["services"])


def choices_of_profiles() -> Iterator[tuple[str, ...]]:
    """None, each by itself, and all."""
    profiles = ComposeStack().compose("config", "--profiles").split()
    yield from ((), *((profile,) for profile in profiles), tuple(profiles))


@pytest.mark.parametrize("files", FILES)
def test_compose_has_nothing_to_say_about_it_whatever_the_profiles(files: str) -> None:
    for profiles in choices_of_profiles():
        done = subprocess.run(
            [
                "docker",
                "compose",
                *(f"--profile={profile}" for profile in profiles),
                "config",
                "--quiet",
            ],
            cwd=FOLDER,
            env=ComposeStack(COMPOSE_FILE=files).environment,
            capture_output=True,
            text=True,
            check=False,
        )

        assert (profiles, done.returncode, done.stdout, done.stderr) == (profiles, 0, "", "")


def test_ports_are_published_on_loopback_alone(services: dict[str, Any]) -> None:
    published = {
        name: service["ports"] for name, service in services.items() if service.get("ports")
    }

    assert {port["host_ip"] for ports in published.values() for port in ports} == {"127.0.0.1"}


def test_every_container_has_a_limit(services: dict[str, Any]) -> None:
    assert all("mem_limit" in service for service in services.values())


def test_a_plain_up_takes_six_gigabytes_at_most() -> None:
    services = json.loads(ComposeStack().compose("config", "--format", "json"))["services"]

    assert set(services) == {*SERVERS, *ONCE}
    assert sum(int(service["mem_limit"]) for service in services.values()) <= 6 << 30


def test_logs_are_bounded(services: dict[str, Any]) -> None:
    assert all(service["logging"]["options"]["max-size"] for service in services.values())


def test_what_stays_up_is_asked_how_it_is_and_comes_back(services: dict[str, Any]) -> None:
    stay = [
        name
        for name, service in services.items()
        if name not in ONCE and service.get("profiles") != ["tools"]
    ]

    assert set(stay) >= set(SERVERS)
    for name in stay:
        assert services[name]["restart"] == "unless-stopped"
        assert services[name]["healthcheck"]["test"]


def test_every_image_is_ours_or_pinned_and_named_in_one_place(services: dict[str, Any]) -> None:
    versions = {
        image
        for service in services.values()
        if not (image := service["image"]).startswith("tidemark/")
    }

    assert all(re.search(r":\d", version) for version in versions)
    assert len({version.partition(":")[0] for version in versions}) == len(versions)
    for version in versions:
        assert sum((FOLDER / file).read_text().count(version) for file in FILES[-1].split(":")) == 1


DEFAULTS: Final = Settings.model_construct()
NOT_SETTINGS: Final = {
    "MYSQL_USER",
    "PYSPARK_SUBMIT_ARGS",
    "SUPERSET_SECRETS_DIR",
    "TIDEMARK_SECRETS_DIR",
}
FIXED: Final = {"TIDEMARK_DATA_DIR", "TIDEMARK_JARS_DIR", "TIDEMARK_MYSQL__PORT"}
"""What the image or the default of the setting already says."""


def process_of(name: str, service: dict[str, Any]) -> str:
    """Return the row of PROCESSES that a service runs; a source has one of its own."""
    is_producer = (service.get("command") or [])[1:3] == ["-m", "producer"]
    return "producer" if is_producer else name


@pytest.mark.parametrize("files", FILES)
def test_each_service_is_given_the_settings_that_its_process_reads(files: str) -> None:
    of_one_broker = set() if "cluster" in files else {"TIDEMARK_KAFKA__REPLICATION"}
    services = services_of(files)
    processes = {name: process_of(name, service) for name, service in services.items()}
    assert set(PROCESSES) - set(processes.values()) == {"reader"}  # the service mysql-cli

    for name, process_name in processes.items():
        if process_name in PROCESSES and process_name != "mysql":
            process = PROCESSES[process_name]
            reads = set(process.settings_in(DEFAULTS)) | process.former_names(DEFAULTS)
            given = set(services[name]["environment"]) - NOT_SETTINGS

            assert (name, given) == (name, reads - FIXED - of_one_broker)


def test_each_service_is_given_the_secrets_of_its_process_and_no_others(
    services: dict[str, Any],
) -> None:
    clients = {"mysql-cli": "reader"}
    for name, service in services.items():
        process_name = clients.get(name, process_of(name, service))
        sources = {str(volume.get("source")) for volume in service.get("volumes", [])}
        given = {source for source in sources if source.startswith("secrets-")}
        expected = {f"secrets-{process_name}"} & {f"secrets-{process}" for process in PROCESSES}

        if name == "secrets":  # it deals them
            expected = {f"secrets-{process}" for process in PROCESSES}
        assert (name, given) == (name, expected)


def test_no_password_is_written_down(services: dict[str, Any]) -> None:
    names = [name for service in services.values() for name in service.get("environment") or {}]

    assert [
        name
        for name in names
        if re.search("PASSWORD|TOKEN|SECRET_KEY", name) and not name.endswith("_FILE")
    ] == []
