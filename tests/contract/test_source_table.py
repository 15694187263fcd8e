"""Whatever knows sources by their names agrees with the table in tidemark/contracts/sources.py."""

import re
from collections.abc import Callable
from typing import Any, Final

import pytest
import yaml
from pydantic import SecretStr

from producer.sources.registry import SOURCES as FACTORIES
from spark_jobs.decode import stage_edits, stage_posts
from tidemark.contracts.sources import SOURCES
from tidemark.contracts.topics import EDITS, POSTS
from tidemark.settings import Settings
from tidemark.stack.project import FOLDER

LIVE: Final = {spec.name for spec in SOURCES.values() if spec.is_live}
NETWORKS: Final = {
    network: topics for spec in SOURCES.values() for network, topics in spec.networks.items()
}
NETWORKS_OF_POSTS: Final = {network for network, topics in NETWORKS.items() if POSTS in topics}
NETWORKS_OF_EDITS: Final = {network for network, topics in NETWORKS.items() if EDITS in topics}


def compose_services() -> set[str]:
    """Return the names of services that run one source, which is also their argument."""
    services = yaml.safe_load((FOLDER / "docker-compose.yml").read_text())["services"]
    return {
        name
        for name, service in services.items()
        if service.get("command", [])[1:] == ["-m", "producer", "--stay", name]
    }


def compose_profiles() -> set[str]:
    """Return the profiles that start one source."""
    services = yaml.safe_load((FOLDER / "docker-compose.yml").read_text())["services"]
    return {profile for name in compose_services() for profile in services[name]["profiles"]}


def settings_of_the_machine() -> set[str]:
    """Return the parts of the settings that deploy/roles/producer.sh gives to the producer."""
    role = (FOLDER / "deploy" / "roles" / "producer.sh").read_text()
    return {name.lower() for name in re.findall(r"\b([A-Z]+)__(?=[ )])", role)}


def colored(dashboard: str) -> set[str]:
    """Return the labels that have a color on a dashboard, without `partly covered`."""
    path = FOLDER / "superset" / "assets" / "dashboards" / f"{dashboard}.yaml"
    colors: dict[str, Any] = yaml.safe_load(path.read_text())["metadata"]["label_colors"]
    return {label.partition(",")[0] for label in colors}


def named_by_charts() -> set[str]:
    """Return the sources that SQL of the dashboards names."""
    files = [*(FOLDER / "superset").rglob("*.py"), *(FOLDER / "superset").rglob("*.yaml")]
    sql = "\n".join(path.read_text() for path in files)
    return {
        name
        for found in re.findall(r"source(?: =| <>) '(\w+)'|'(\w+)' AS source", sql)
        for name in found
        if name
    }


PLACES: Final[dict[str, tuple[Callable[[], set[str]], set[str]]]] = {
    "producers": (lambda: set(FACTORIES), set(SOURCES)),
    "decoders of posts": (lambda: set(stage_posts.DECODERS), NETWORKS_OF_POSTS),
    "decoders of edits": (lambda: set(stage_edits.DECODERS), NETWORKS_OF_EDITS),
    "services of compose": (compose_services, LIVE),
    "profiles of compose": (compose_profiles, LIVE),
    "settings on a machine": (settings_of_the_machine, set(SOURCES)),
    "colors of coverage": (lambda: colored("coverage"), set(SOURCES) | set(NETWORKS)),
    "colors of posts": (lambda: colored("tidemark"), NETWORKS_OF_POSTS),
    "colors of sources": (lambda: colored("sources") & set(NETWORKS), NETWORKS_OF_POSTS),
}
"""What a place lists, and what it must list."""


@pytest.mark.parametrize("place", PLACES)
def test_a_place_that_lists_sources_lists_those_of_the_table(place: str) -> None:
    listed, expected = PLACES[place]

    assert listed() == expected


def test_fields_that_a_row_names_are_settings_of_its_source() -> None:
    settings = Settings(_env_file=None)
    for spec in SOURCES.values():
        part = getattr(settings, spec.name)
        secrets = {
            name
            for name, field in type(part).model_fields.items()
            if SecretStr in getattr(field.annotation, "__args__", ())
        }

        assert secrets == set(spec.secrets)
        assert set(spec.addresses) <= set(type(part).model_fields)


def test_sql_of_charts_names_networks_alone() -> None:
    assert named_by_charts() - set(NETWORKS) == set()
    assert named_by_charts() >= {"sample", "wikimedia"}
