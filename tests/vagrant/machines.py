"""Machines of our Vagrantfile on the docker provider: a copy of the project, so that nothing of
ours is touched."""

import os
import re
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from chart_answers import charts_and_faults

from tidemark.stack.superset_api import SupersetApi

PROJECT = Path(__file__).resolve().parents[2]
SERVICES = ("kafka", "mysql", "prepare", "spark", "notebook", "producer", "superset")

UP_WITHIN_S = 1500


def copy_project(folder: Path) -> Path:
    """What git knows of the project or would take in, and nothing that was installed or is
    secret."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (PROJECT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(PROJECT / name, folder / name)
    return folder


@dataclass
class Machines:
    """All machines of one `vagrant up`. Vagrant itself keeps its things in `home`."""

    project: Path
    home: Path
    count: int
    said: str = field(default="", repr=False)

    def vagrant(self, *arguments: str) -> str:
        """What it said; AssertionError with all of it where it fails. It is shown as it comes,
        too."""
        environment = os.environ | {
            "TIDEMARK_VMS": str(self.count),
            "VAGRANT_HOME": str(self.home),
            "VAGRANT_DEFAULT_PROVIDER": "docker",
            "VAGRANT_CHECKPOINT_DISABLE": "1",
        }
        self.home.mkdir(exist_ok=True)
        shutil.copy(Path(__file__).parent / "user.Vagrantfile", self.home / "Vagrantfile")
        done = subprocess.run(
            ["vagrant", *arguments],
            cwd=self.project,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=UP_WITHIN_S,
        )
        print(done.stdout, file=sys.stderr)
        assert done.returncode == 0, done.stdout[-3000:]
        return done.stdout

    def run(self, machine: str, command: str) -> str:
        """As root on the machine."""
        return self.vagrant("ssh", machine, "--no-tty", "--command", f"sudo bash -c '{command}'")

    def secret(self, name: str) -> str:
        text = (self.project / ".tidemark/vagrant/secrets.env").read_text()
        (value,) = re.findall(rf"^TIDEMARK_{name}=(.+)$", text, re.MULTILINE)
        return str(value)

    def forwarded(self, guest_port: int) -> str:
        """As `vagrant up` said; the port here is another one where the same is taken."""
        (port,) = re.findall(rf"Port: 127\.0\.0\.1:(\d+):{guest_port}\b", self.said)
        return f"http://127.0.0.1:{port}"

    def faults_of_charts(self, patience_s: float) -> list[str]:
        """What is wrong with charts, once nothing is, or after so long; through the forwarded
        port."""
        deadline = time.monotonic() + patience_s
        while True:
            superset = SupersetApi(
                self.forwarded(8088),
                user="viewer",
                password=self.secret("SUPERSET__VIEWER_PASSWORD"),
            )
            charts = charts_and_faults(superset)
            faults = [f"{name}: {fault}" for name, fault in charts.items() if fault]
            if charts and not faults:
                return []
            if time.monotonic() > deadline:
                return faults or ["there are no charts"]
            time.sleep(1)

    def runs(self, machine: str) -> dict[str, str]:
        """By service of that machine: the id of its present run, which is another after each
        start."""
        told = self.run(
            machine,
            'for unit in $(systemctl list-unit-files --no-legend "tidemark-*.service" | cut -d " " -f 1); do '
            "echo run $unit $(systemctl show -p InvocationID --value $unit); done",
        )
        return dict(re.findall(r"run tidemark-(\w+)\.service (\w+)", told))
