"""What docker-compose.yml promises, as Compose itself reads it."""

import json
import re
import subprocess
from typing import Any

import pytest
from compose.compose_stack import SERVERS, ComposeStack

from tidemark.stack.project import FOLDER

ONCE = ("secrets", "prepare")


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    """Of all profiles."""
    text = ComposeStack().compose("--profile", "*", "config", "--format", "json")
    return dict(json.loads(text)["services"])


def test_compose_has_nothing_to_say_about_it() -> None:
    done = subprocess.run(
        ["docker", "compose", "config", "--quiet"],
        cwd=FOLDER,
        env=ComposeStack().environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_ports_are_published_on_loopback_alone(services: dict[str, Any]) -> None:
    published = {name: service["ports"] for name, service in services.items() if service.get("ports")}

    assert {port["host_ip"] for ports in published.values() for port in ports} == {"127.0.0.1"}


def test_a_plain_up_takes_six_gigabytes_at_most(services: dict[str, Any]) -> None:
    assert all("mem_limit" in service for service in services.values())
    assert sum(int(services[name]["mem_limit"]) for name in (*SERVERS, *ONCE)) <= 6 << 30


def test_logs_are_bounded(services: dict[str, Any]) -> None:
    assert all(service["logging"]["options"]["max-size"] for service in services.values())


def test_what_stays_up_is_asked_how_it_is_and_comes_back(services: dict[str, Any]) -> None:
    for name in SERVERS:
        assert services[name]["restart"] == "unless-stopped"
        assert services[name]["healthcheck"]["test"]


def test_nothing_sleeps_and_hopes(services: dict[str, Any]) -> None:
    assert "sleep" not in (FOLDER / "docker-compose.yml").read_text()


def test_no_password_is_written_down(services: dict[str, Any]) -> None:
    names = [name for service in services.values() for name in service.get("environment") or {}]

    assert [name for name in names if re.search("PASSWORD|TOKEN|SECRET_KEY", name) and not name.endswith("_FILE")] == []
