"""What docker-compose.yml promises, as Compose itself reads it."""

import json
import re
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
from compose.compose_stack import SERVERS, ComposeStack

from tidemark.stack.project import FOLDER

ONCE = ("secrets", "prepare")
FILES = ("docker-compose.yml", "docker-compose.yml:docker-compose.cluster.yml")


@pytest.fixture(scope="module", params=FILES)
def services(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Of all profiles."""
    text = ComposeStack(COMPOSE_FILE=request.param).compose(
        "--profile", "*", "config", "--format", "json"
    )
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


def test_no_password_is_written_down(services: dict[str, Any]) -> None:
    names = [name for service in services.values() for name in service.get("environment") or {}]

    assert [
        name
        for name in names
        if re.search("PASSWORD|TOKEN|SECRET_KEY", name) and not name.endswith("_FILE")
    ] == []
