"""The single machine of the Vagrantfile, created for one recording beside machines that may exist."""

import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from pydantic import SecretStr

from tidemark.errors import StackError
from tidemark.settings import Settings, variable
from tidemark.stack.embedded.ports import LOOPBACK, answers, free_port
from tidemark.stack.embedded.secrets import read_secrets
from tidemark.stack.parity.command import run
from tidemark.stack.parity.stack import (
    RunningStack,
    as_found,
    inherited_environment,
    replay_environment,
)
from tidemark.stack.project import FOLDER

_SECRETS: Final = ".tidemark/vagrant/secrets.env"
_PROVISION: Final = (
    f"sudo bash /vagrant/deploy/provision.sh --secrets /vagrant/{_SECRETS} --settings /srv/choices.env "
    "kafka mysql spark producer superset"
)
_MYSQL_PORT: Final = 3306
_SUPERSET_PORT: Final = 8088
_TUNNEL_WITHIN_S: Final = 60


@contextmanager
def vagrant_stack(settings: Settings, recording: Path) -> Iterator[RunningStack]:
    """Yield a machine that plays the recording, then destroy it; raise StackError if it does not come up."""
    with tempfile.TemporaryDirectory(prefix="tidemark-parity-") as folder:
        # A separate folder of Vagrant's state: the project's own machines stay as they are.
        environment = inherited_environment() | {"VAGRANT_DOTFILE_PATH": f"{folder}/vagrant"}
        try:
            run(["vagrant", "up", "--no-provision"], environment)
            _provision(recording, Path(folder), environment)
            with _tunnel(environment) as (mysql_port, superset_port):
                secrets = read_secrets(FOLDER / _SECRETS)
                yield as_found(
                    "vagrant",
                    settings,
                    mysql_port=mysql_port,
                    superset_port=superset_port,
                    reader_password=SecretStr(secrets[variable("mysql", "reader_password")]),
                    viewer_password=SecretStr(secrets[variable("superset", "viewer_password")]),
                )
        finally:
            run(["vagrant", "destroy", "--force"], environment)


def _provision(recording: Path, folder: Path, environment: Mapping[str, str]) -> None:
    """Upload the recording and settings that name it instead of .env, and provision the machine."""
    name = f"recording{''.join(recording.suffixes[-2:])}"
    choices = folder / "choices.env"
    choices.write_text(
        "".join(f"{key}={value}\n" for key, value in replay_environment(f"/srv/{name}").items())
    )
    run(["vagrant", "upload", str(recording.absolute()), name], environment)
    run(["vagrant", "upload", str(choices), choices.name], environment)
    place = f"sudo install -m 644 {name} {choices.name} /srv/"
    run(["vagrant", "ssh", "--no-tty", "--command", f"{place} && {_PROVISION}"], environment)


@contextmanager
def _tunnel(environment: Mapping[str, str]) -> Iterator[tuple[int, int]]:
    """Yield two ports on loopback that lead to the machine's database and Superset."""
    ports = {_MYSQL_PORT: free_port(), _SUPERSET_PORT: free_port()}
    forwarded = [f"-L{LOOPBACK}:{ours}:{LOOPBACK}:{theirs}" for theirs, ours in ports.items()]
    tunnel = subprocess.Popen(
        ["vagrant", "ssh", "--no-tty", "--", "-N", *forwarded],
        cwd=FOLDER,
        env=environment,
        stdin=subprocess.DEVNULL,
    )
    try:
        deadline_s = time.monotonic() + _TUNNEL_WITHIN_S
        while not all(map(answers, ports.values())):
            if tunnel.poll() is not None or time.monotonic() > deadline_s:
                raise StackError("`vagrant ssh` forwards no ports; `vagrant ssh` by hand says why")
            time.sleep(0.5)
        yield ports[_MYSQL_PORT], ports[_SUPERSET_PORT]
    finally:
        tunnel.terminate()
        tunnel.wait()
