"""`deploy/provision.sh` on a Debian that has nothing but systemd."""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from vagrant.engine import docker
from vagrant.machines import SERVICES, copy_project
from waiting import wait_until

ROLES = ("kafka", "mysql", "spark", "producer", "superset")

PROVISION_WITHIN_S = 900

PASSWORD = 'it\'s "$(touch /ran)" \\'

COUNT_POSTS = """
from tidemark import mysql, settings
with mysql.connect(settings.load().mysql, "reader") as connection, connection.cursor() as cursor:
    cursor.execute("SELECT COUNT(*) FROM posts")
    print(cursor.fetchone()[0])
"""


class Root:
    """A Debian that runs, with the project in /project."""

    def __init__(self, container: str) -> None:
        self._container = container

    def run(self, *command: str) -> tuple[int, str]:
        """Its exit code, and all that it said."""
        done = subprocess.run(
            ["docker", "exec", self._container, *command],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=PROVISION_WITHIN_S,
        )
        print(done.stdout, file=sys.stderr)
        return done.returncode, done.stdout

    def provision(self, *arguments: str) -> tuple[int, str]:
        return self.run("/project/deploy/provision.sh", *arguments)

    def shell(self, command: str) -> str:
        code, said = self.run("bash", "-c", command)
        assert code == 0, said
        return said


@pytest.fixture(params=["bookworm", "trixie"], scope="module")
def root(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Root]:
    suite = request.param
    image, box = f"tidemark-root:{suite}", Path(__file__).parent / "box"
    docker(
        "build",
        "--quiet",
        "--target=root",
        f"--build-arg=SUITE={suite}",
        f"--tag={image}",
        str(box),
    )
    project = copy_project(tmp_path_factory.mktemp(suite) / "project")
    mounts = (
        f"--volume={project}:/project:ro",
        f"--volume={os.environ['TEST_CACHE']}:/root/.cache",
    )
    systemd = ("--privileged", "--cgroupns=private", "--tmpfs=/run", "--tmpfs=/run/lock")
    container = docker("run", "--detach", *systemd, *mounts, image).strip()
    try:
        made = Root(container)
        wait_until(
            lambda: made.run("systemctl", "is-system-running")[1].strip() in ("running", "degraded")
        )
        yield made
    finally:
        docker("rm", "--force", "--volumes", container)


def test_a_wrong_call_is_one_line_and_changes_nothing(root: Root) -> None:
    assert root.provision() == (
        1,
        "provision: no role was named; roles are: kafka mysql spark producer superset\n",
    )
    assert root.provision("kafak") == (
        1,
        "provision: 'kafak' is neither an option nor a role; roles are: kafka mysql spark producer superset\n",
    )
    assert root.provision("--secrets", "/nowhere", "kafka") == (
        1,
        "provision: --secrets /nowhere cannot be read; is the folder shared?\n",
    )
    assert root.run("ls", "/etc/tidemark", "/opt/tidemark")[0] != 0


def test_the_whole_stack_comes_up_as_services_and_posts_arrive(root: Root) -> None:
    """With passwords that people have chosen, which are text to systemd, to the shell and to
    SQL."""
    for name in ("ROOT", "MIGRATOR", "WRITER", "READER"):
        line = f"TIDEMARK_MYSQL__{name}_PASSWORD={name} {PASSWORD}"
        root.shell(
            f"mkdir -p /etc/tidemark && echo {shlex.quote(line)} >>/etc/tidemark/secrets.env"
        )

    code, said = root.provision(*ROLES)

    assert code == 0, said
    assert re.search(r"provision: kafka mysql spark producer superset run after \d+ s", said)
    wait_until(lambda: posts(root) > 0, patience_s=120)
    assert root.run("ls", "/ran")[0] != 0, "a password ran as a command"


def test_a_second_run_changes_nothing_and_says_so(root: Root) -> None:
    # install.seconds: deploy/install.sh notes each time how long it took
    files = (
        "find /etc/tidemark /opt/tidemark /etc/systemd -type f -not -name .install.seconds "
        "-not -path '*/__pycache__/*'"
    )
    state = f"{files} -printf '%p %T@ %m\\n' | sort | sha256sum"
    before = root.shell(state), runs(root)

    code, said = root.provision(*ROLES)

    assert code == 0
    assert said.endswith(
        "provision: nothing to change: kafka mysql spark producer superset run as they should\n"
    )
    assert (root.shell(state), runs(root)) == before


def test_each_service_is_locked_in(root: Root) -> None:
    for name in SERVICES:
        told = root.shell(
            f"systemctl show -p User,MemoryMax,ProtectSystem,NoNewPrivileges,ProtectProc,PrivateUsers tidemark-{name}"
        )
        wanted = {f"User=tidemark-{name}", "ProtectSystem=strict", "NoNewPrivileges=yes"}
        wanted |= {"ProtectProc=invisible", "PrivateUsers=yes"}
        assert wanted <= set(told.split())
        assert "MemoryMax=infinity" not in told


def test_a_service_that_is_killed_comes_back_and_posts_go_on(root: Root) -> None:
    for name in ("kafka", "mysql", "spark", "producer", "superset"):
        before = runs(root)[name]
        root.shell(f"systemctl kill --signal=KILL tidemark-{name}")
        wait_until(
            lambda name=name, before=before: runs(root)[name] not in ("", before),  # type: ignore[misc]
            patience_s=60,
        )
    count = posts(root)
    wait_until(lambda: posts(root) > count, patience_s=180)


def posts(root: Root) -> int:
    """So many are in the tables; -1 while the database does not answer."""
    python = "/opt/tidemark/.venv/bin/python"
    secrets = ". /opt/tidemark/deploy/roles/quoting.sh && export_lines /etc/tidemark/secrets.env"
    code, said = root.run("bash", "-c", f"{secrets} && {python} -c '{COUNT_POSTS}'")
    return int(said) if code == 0 else -1


def runs(root: Root) -> dict[str, str]:
    """By service, the id of its present run, which is another after each start."""
    told = "".join(
        root.shell(f"echo {name} $(systemctl show -p InvocationID --value tidemark-{name})")
        for name in SERVICES
    )
    return dict(re.findall(r"^(\w+) (\w*)$", told, re.MULTILINE))
