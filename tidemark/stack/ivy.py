"""Apache Ivy, which is one of PySpark's jars: fetches from Maven repositories with Java alone."""

import importlib.util
import re
import subprocess
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from tidemark.errors import SetupError

Report = Callable[[str], None]
"""Called with each line about what was found or fetched."""

_AT_ONCE: Final = 4
"""Ivy fetches one file after the other: 53 jars need 45 s with one Ivy, 18 s with four."""

_NO_SOURCES: Final = ("-Divy.maven.lookup.sources=false", "-Divy.maven.lookup.javadoc=false")
_SHORT_LIVED: Final = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")
"""A JVM of some seconds: its second compiler and its parallel collector cost half of the processor
time."""


@dataclass(frozen=True, order=True)
class Artifact:
    """A jar: its Maven coordinates, and its folder (`group`)."""

    group: str
    organisation: str
    name: str
    version: str

    @property
    def coordinates(self) -> str:
        return f"{self.organisation}:{self.name}:{self.version}"

    @property
    def path(self) -> Path:
        return Path(self.group, f"{self.name}-{self.version}.jar")


class Retrieve(Protocol):
    """Fetches jars, as `retrieve` does."""

    def __call__(
        self, artifacts: Iterable[Artifact], folder: Path, *, java: str, report: Report
    ) -> list[tuple[Artifact, Path]]: ...


def retrieve(
    artifacts: Iterable[Artifact],
    folder: Path,
    *,
    java: str,
    report: Report,
    transitive: frozenset[str] = frozenset(),
) -> list[tuple[Artifact, Path]]:
    """Fetch the jars into `folder`, with the dependencies of those named in `transitive`.

    Return each jar and its path.
    """
    wanted = sorted(artifacts)
    # One Ivy must find all dependencies: of two, each might choose another version.
    runs_at_once = 1 if transitive else min(_AT_ONCE, len(wanted))
    parts = [wanted[first::runs_at_once] for first in range(runs_at_once)]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        runs = [
            pool.submit(_run_ivy, part, folder / str(number), java, report, transitive)
            for number, part in enumerate(parts)
        ]
    return sorted(found for run in runs for found in run.result())


def _run_ivy(
    artifacts: Sequence[Artifact],
    folder: Path,
    java: str,
    report: Report,
    transitive: frozenset[str],
) -> list[tuple[Artifact, Path]]:
    folder.mkdir(parents=True, exist_ok=True)
    described = folder / "ivy.xml"
    described.write_text(_describe(artifacts, transitive))
    groups = sorted({artifact.group for artifact in artifacts})
    pattern = "[conf]/[organisation]/[module]/[revision]/[artifact]-[revision].[ext]"
    command = [
        java,
        *_SHORT_LIVED,
        *_NO_SOURCES,
        "-jar",
        str(_ivy_jar()),
        "-cache",
        str(folder / "cache"),
        "-ivy",
        str(described),
    ]
    command += [
        "-types",
        "jar",
        "bundle",
        "-confs",
        *groups,
        "-retrieve",
        f"{folder}/jars/{pattern}",
    ]
    _run(command, report)
    return [(_name(path), path) for path in (folder / "jars").rglob("*.jar")]


def _describe(artifacts: Sequence[Artifact], transitive: frozenset[str]) -> str:
    configurations = "".join(
        f'<conf name="{group}"/>' for group in sorted({a.group for a in artifacts})
    )
    dependencies = "".join(
        f'\n    <dependency org="{a.organisation}" name="{a.name}" rev="{a.version}" conf="{a.group}->default"'
        f' transitive="{str(a.name in transitive).lower()}"/>'
        for a in artifacts
    )
    return f"""<ivy-module version="2.0">
  <info organisation="tidemark" module="jars"/>
  <configurations>{configurations}</configurations>
  <dependencies>{dependencies}
  </dependencies>
</ivy-module>
"""


def _run(command: list[str], report: Report) -> None:
    lines: list[str] = []
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        assert process.stdout is not None  # noqa: S101
        for line in process.stdout:
            lines.append(line.strip())
            if found := re.search(r"^\s*found (\S+) in", line):
                report(f"found {found[1].replace('#', ':').replace(';', ':')}")
            elif fetched := re.search(r"\[SUCCESSFUL ?\] \S+!([^\s(]+)", line):
                report(f"fetched {fetched[1]}")
    failures = [
        line for line in lines if re.search(r"not found|UNRESOLVED|FAILED|unable|Exception", line)
    ]
    if process.returncode != 0 or failures:
        reasons = "; ".join(dict.fromkeys(failures[:3] or lines[-3:]))
        raise SetupError(
            f"the jars could not be fetched ({reasons}); check the network, then run this again"
        )


def _ivy_jar() -> Path:
    spec = importlib.util.find_spec("pyspark")
    found = sorted(Path(spec.origin).parent.glob("jars/ivy-*.jar")) if spec and spec.origin else []
    if not found:
        raise SetupError(
            "no PySpark in this environment, whose Ivy fetches the jars; run `make install`"
        )
    return found[-1]


def _name(path: Path) -> Artifact:
    group, organisation, name, version = path.parts[-5:-1]
    return Artifact(group, organisation, name, version)
