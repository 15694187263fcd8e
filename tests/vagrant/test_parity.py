"""The same posts through the embedded stack and through a machine, MariaDB of two versions."""

import shutil
from pathlib import Path

from parity import run_parity


def test_embedded_and_vagrant_hold_the_same_tables_and_show_the_same_charts(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    shutil.copy(Path(__file__).parent / "user.Vagrantfile", home / "Vagrantfile")

    with_docker = {"VAGRANT_HOME": str(home), "VAGRANT_DEFAULT_PROVIDER": "docker"}
    done = run_parity(tmp_path, "embedded", "vagrant", patience_s=1500, **with_docker)

    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert done.stdout.splitlines()[-1] == "embedded and vagrant: all tables and charts are equal"
