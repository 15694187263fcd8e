"""What README and docs name exists: make targets, files, commands, links, sources and topics."""

import re
from pathlib import Path
from typing import Final

import pytest
from click import Command, Group

from tidemark.cli import main
from tidemark.contracts.sources import SOURCES
from tidemark.contracts.topics import TOPICS

ROOT: Final = Path(__file__).parents[2]
README: Final = (ROOT / "README.md").read_text()
PAGES: Final = (*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md")))
DECISIONS: Final = sorted((ROOT / "docs" / "decisions").glob("*.md"))
MADE_LATER: Final = (".tidemark", "dist/", ".jars/", ".venv")
OUR_PATH: Final = re.compile(
    r"`((?:bench|deploy|docs|producer|spark_jobs|sql|superset|tests|tidemark)/[\w./-]+)`"
)
OF_EXAMPLES: Final = re.compile(r"guestbook|NAME")
OPTION_OF_MAKE: Final = re.compile(r"\bmake ([a-z][a-z-]*)\b")


def test_every_make_target_that_the_readme_names_exists() -> None:
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    named = set(OPTION_OF_MAKE.findall(code_of(README)))

    assert named >= {"demo", "test", "status", "bench"}
    assert named <= set(targets)


def test_every_file_that_the_readme_names_exists() -> None:
    named = set(
        re.findall(
            r"[\w.-]+(?:/[\w.-]*)+|(?<![\w.])\.?\w[\w-]*(?:\.\w+)*\.(?:py|md|yml|example)\b",
            code_of(README),
        )
    )
    files = {name for name in named if not name.startswith(MADE_LATER)}

    assert "spark_jobs/posts_job.py" in files
    assert [name for name in sorted(files) if not (ROOT / name).exists()] == []


def test_every_path_that_a_page_names_exists() -> None:
    missing = [
        (page.relative_to(ROOT).as_posix(), path)
        for page in PAGES
        for path in OUR_PATH.findall(page.read_text())
        if not (OF_EXAMPLES.search(path) or (ROOT / path).exists())
    ]
    assert missing == []


def test_every_tidemark_command_that_a_page_names_exists() -> None:
    unknown = [
        (page.name, words)
        for page in PAGES
        for words in re.findall(r"\btidemark((?: [a-z][a-z-]+)+)", code_of(page.read_text()))
        if not is_command(main, words.split())
    ]
    assert unknown == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_leads_somewhere(page: Path) -> None:
    broken = []
    for link in re.findall(r"\]\(([^)\s]+)\)", page.read_text()):
        target, _, heading = link.partition("#")
        if "://" in target:
            continue
        path = (page.parent / target).resolve() if target else page
        if not path.exists() or (heading and heading not in headings_of(path)):
            broken.append(link)
    assert broken == []


def test_the_architecture_page_has_every_source_and_topic() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text()
    picture = set(re.findall(r"[a-z]+", page.split("```")[1]))
    rows = re.findall(r"^\| `(\w+)` \| (.*?) \| (.*?) \| (yes|no) \| (yes|no) \|$", page, re.M)

    assert picture >= SOURCES.keys() | TOPICS.keys()
    assert rows == [
        (
            spec.name,
            ", ".join(f"`{network}`" for network in spec.networks),
            ", ".join(f"`{topic.name}`" for topic in spec.writes),
            "yes" if spec.is_live else "no",
            "yes" if spec.can_resume else "no",
        )
        for spec in SOURCES.values()
    ]


@pytest.mark.parametrize("decision", DECISIONS, ids=lambda path: path.name[:4])
def test_every_decision_has_a_number_a_date_and_a_status(decision: Path) -> None:
    title, _, head, *_ = decision.read_text().splitlines()

    assert re.fullmatch(rf"# {int(decision.name[:4])}\. .+", title)
    assert re.match(r"Date: \d{4}-\d\d-\d\d.*\. Status: (accepted|superseded by|proposed)", head)


def code_of(page: str) -> str:
    """Code blocks and code within lines."""
    return "\n".join(re.findall(r"^```.*?^```|`[^`\n]+`", page, re.MULTILINE | re.DOTALL))


def is_command(group: Command, words: list[str]) -> bool:
    """The first words are commands; what follows a command that is no group is an argument."""
    if not isinstance(group, Group):
        return True
    found = group.commands.get(words[0]) if words else None
    return not words or (found is not None and is_command(found, words[1:]))


def headings_of(page: Path) -> set[str]:
    """The anchors of a page, as forges make them of its headings."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
