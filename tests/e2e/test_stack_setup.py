"""A wrong set-up: one clear line, exit code 1, and nothing left running."""

import signal
from pathlib import Path

import pytest
from e2e.stack_process import StackProcess
from servers import MysqlServer
from waiting import wait_until, wait_until_gone

from tidemark.stack.embedded.ports import free_port, listen


def refused(stack: StackProcess) -> str:
    """What `tidemark up` says as it refuses, which it must."""
    stack.start()
    assert stack.wait() == 1
    assert stack.processes() == []
    lines = [line for line in stack.output().splitlines() if line.startswith("tidemark: ")]
    assert len(lines) == 1, stack.output()
    return lines[0]


def path_with(folder: Path, **scripts: str) -> str:
    """A PATH on which these programs come first."""
    folder.mkdir()
    for name, script in scripts.items():
        (folder / name).write_text(f"#!/bin/sh\n{script}\n")
        (folder / name).chmod(0o755)
    return f"{folder}:/usr/bin:/bin"


def test_java_that_is_too_old_is_named(tmp_path: Path) -> None:
    path = path_with(tmp_path / "bin", java="echo 'openjdk version \"11.0.22\"' >&2")

    said = refused(StackProcess(tmp_path, PATH=path))

    assert said.startswith(
        f"tidemark: {tmp_path}/bin/java is Java 11; Kafka and Spark need Java 17 or newer"
    )


def test_no_java_says_what_to_install(tmp_path: Path) -> None:
    said = refused(StackProcess(tmp_path, PATH=str(tmp_path)))

    assert said.startswith("tidemark: no `java` on the PATH; ")
    assert "apt-get install openjdk-17-jre-headless" in said


def test_a_port_that_somebody_asked_for_and_is_taken_is_named(tmp_path: Path) -> None:
    port = free_port()
    with listen(port):
        said = refused(StackProcess(tmp_path, TIDEMARK_SUPERSET__PORT=str(port)))

    assert f"port {port} is used by another program" in said
    assert "TIDEMARK_SUPERSET__PORT" in said


def test_missing_jars_say_what_to_run(tmp_path: Path) -> None:
    said = refused(StackProcess(tmp_path, TIDEMARK_JARS_DIR=str(tmp_path)))

    assert said == f"tidemark: Kafka's jars are not in {tmp_path}/kafka; run `make install`"


def test_a_setting_that_is_wrong_is_named(tmp_path: Path) -> None:
    said = refused(StackProcess(tmp_path, TIDEMARK_SOURCE="television"))

    assert said.startswith("tidemark: TIDEMARK_SOURCE is 'television'")


def test_a_data_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    said = refused(StackProcess(tmp_path, TIDEMARK_DATA_DIR=str(tmp_path / "file" / "data")))

    assert said.startswith(f"tidemark: {tmp_path}/file/data cannot be used as data folder")


def test_a_server_that_does_not_come_up_is_named_with_its_last_words(tmp_path: Path) -> None:
    stack = StackProcess(tmp_path)
    (stack.data_dir / "kafka" / "data").mkdir(parents=True)
    (stack.data_dir / "kafka" / "data" / "meta.properties").write_text("version=1\nnode.id=99\n")

    said = refused(stack)

    assert said.startswith("tidemark: Kafka ended with code 1; the end of ")
    assert "No readable meta.properties files found" in stack.output()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_told_to_stop_in_the_midst_of_starting_it_leaves_nothing_behind(
    tmp_path: Path, number: signal.Signals
) -> None:
    stack = StackProcess(tmp_path)
    stack.start()
    wait_until(lambda: len(stack.processes()) >= 3)

    stack.signal(number)

    assert stack.wait() == (-number if number == signal.SIGKILL else 0)
    wait_until_gone(stack.processes)


def test_a_wrong_password_names_account_and_variable(mysql: MysqlServer, tmp_path: Path) -> None:
    said = StackProcess(
        tmp_path,
        TIDEMARK_MYSQL__PORT=str(mysql.settings.port),
        TIDEMARK_MYSQL__ROOT_PASSWORD="wrong",
    ).run("prepare")

    assert said.returncode == 1
    assert said.stderr.startswith(
        f"tidemark: MySQL at 127.0.0.1:{mysql.settings.port} refuses root"
    )
    assert "TIDEMARK_MYSQL__ROOT_PASSWORD" in said.stderr
    assert said.stderr.count("\n") == 1
