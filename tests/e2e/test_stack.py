"""The stack as people run it, with all its real servers."""

import re
import signal
from pathlib import Path

import psutil
import pytest
from chart_answers import charts_and_faults
from e2e.arrived import in_lake
from e2e.stack_process import StackProcess
from waiting import wait_until, wait_until_gone

from tidemark.contracts.topics import POSTS
from tidemark.lake.location import LakeLocation
from tidemark.stack.embedded.log_file import KEPT_BYTES, former
from tidemark.stack.project import FOLDER

MB_ALLOWED = 4_000


def test_every_server_is_ready_and_status_says_so(stack: StackProcess) -> None:
    told = stack.run("status")

    rows = [re.split(r"\s{2,}", line.strip()) for line in told.stdout.splitlines()]
    states = {row[0]: row[1] for row in rows[1:6]}
    assert told.returncode == 0, told.stdout + told.stderr
    assert states == {
        "Producer (sample)": "ready",
        "Spark": "ready",
        "Superset": "ready",
        "Kafka": "ready",
        "MariaDB": "ready",
    }
    assert f"dashboards at {stack.running().dashboards_url}\n" in told.stdout


def test_status_says_how_far_the_job_has_come(stack: StackProcess) -> None:
    def merged() -> int:
        found = re.search(r"posts +posts +([\d,]+)", stack.run("status").stdout)
        assert found is not None
        return int(found[1].replace(",", ""))

    before, stored = merged(), stack.count_rows("posts")
    wait_until(lambda: stack.count_rows("posts") > stored, patience_s=120)

    assert merged() > before


def test_all_of_it_takes_no_more_memory_than_it_may(stack: StackProcess) -> None:
    assert 500 < stack.running().peak_memory_mb < MB_ALLOWED


def test_every_chart_has_rows_for_the_viewer(stack: StackProcess) -> None:
    api = stack.superset("viewer")
    waiting_for: list[str] = []

    def all_have_rows() -> bool:
        charts = charts_and_faults(api)
        assert charts
        waiting_for[:] = [f"{name}: {fault}" for name, fault in charts.items() if fault]
        return not waiting_for

    try:
        wait_until(all_have_rows, patience_s=120)
    except AssertionError:
        pytest.fail(f"not well: {waiting_for}")


def test_no_server_chosen_sources_other_machines(stack: StackProcess) -> None:
    listening = {
        (process.name(), connection.laddr.ip)
        for process in stack.processes()
        for connection in process.net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    }

    assert listening
    assert {address for _, address in listening} <= {"127.0.0.1", "::1", "::ffff:127.0.0.1"}


def test_a_log_that_grows_is_cut_while_its_service_runs(stack: StackProcess) -> None:
    log = stack.service("Kafka").log_file
    with log.open("ab") as file:
        file.truncate(KEPT_BYTES + 1)

    wait_until(lambda: log.stat().st_size < KEPT_BYTES and former(log).exists())

    assert former(log).stat().st_size > KEPT_BYTES
    assert b"KafkaRaftServer" in former(log).read_bytes()
    former(log).unlink()


def test_passwords_are_the_owners_alone_and_in_no_log_or_command_line(stack: StackProcess) -> None:
    secrets = re.findall(r"=(.+)", (stack.data_dir / "secrets.env").read_text())
    command_lines = [" ".join(process.cmdline()) for process in stack.processes()]
    logs = [path.read_text(errors="replace") for path in (stack.data_dir / "logs").iterdir()]

    assert len(secrets) == 9
    assert stack.data_dir.stat().st_mode & 0o777 == 0o700
    assert (stack.data_dir / "secrets.env").stat().st_mode & 0o777 == 0o600
    assert not [secret for secret in secrets for text in (*command_lines, *logs) if secret in text]


def test_each_process_knows_only_the_passwords_it_needs(stack: StackProcess) -> None:
    def passwords_of(name: str) -> set[str]:
        pid = stack.service(name).pid
        assert pid is not None
        return {
            name
            for name in psutil.Process(pid).environ()
            if re.search("PASSWORD|SECRET|TOKEN", name)
        }

    assert passwords_of("Producer (sample)") == set()
    assert passwords_of("Spark") == {"TIDEMARK_MYSQL__WRITER_PASSWORD"}
    assert passwords_of("Superset") == {
        "MYSQL_PASSWORD",
        "SUPERSET_ADMIN_PASSWORD",
        "SUPERSET_SECRET_KEY",
        "SUPERSET_VIEWER_PASSWORD",
    }


@pytest.mark.parametrize(("name", "archive"), [("Kafka", "kafka.jsa"), ("Spark", "spark.jsa")])
def test_java_maps_its_classes_from_their_archive(
    stack: StackProcess, name: str, archive: str
) -> None:
    process = psutil.Process(stack.service(name).pid)
    jvms = [jvm for jvm in (process, *process.children(recursive=True)) if jvm.name() == "java"]

    assert [
        str(FOLDER / ".jars" / archive) in Path(f"/proc/{jvm.pid}/maps").read_text() for jvm in jvms
    ] == [True]


def test_the_people_in_front_are_told_where_to_go_and_that_the_posts_are_made_up(
    stack: StackProcess,
) -> None:
    said = stack.output()

    assert f"{stack.running().dashboards_url}/superset/dashboard/" in said
    assert f"sign in as viewer  {stack.secret('SUPERSET__VIEWER_PASSWORD')}" in said
    assert f"sign in as admin   {stack.secret('SUPERSET__ADMIN_PASSWORD')}" in said
    assert "Posts and edits are made up" in said


def test_a_second_stack_in_the_same_folder_is_refused(stack: StackProcess) -> None:
    told = stack.run("up")

    assert told.returncode == 1
    assert told.stderr.startswith(
        f"tidemark: a stack runs in {stack.data_dir} already (pid {stack.running().pid}, "
    )
    assert stack.run("status").returncode == 0


def test_what_is_killed_is_started_again_and_the_servers_that_keep_things_stay(
    stack: StackProcess,
) -> None:
    mortal, others = ("Producer (sample)", "Spark", "Superset"), ("Kafka", "MariaDB")
    before = {name: stack.service(name).pid for name in (*mortal, *others)}

    for name in mortal:
        psutil.Process(before[name]).kill()

    def are_back() -> bool:
        return all(
            stack.service(name).pid != before[name] and stack.service(name).state == "ready"
            for name in mortal
        )

    wait_until(are_back, patience_s=180)
    stored = stack.count_rows("posts")
    wait_until(lambda: stack.count_rows("posts") > stored, patience_s=120)
    assert {name: stack.service(name).pid for name in others} == {
        name: before[name] for name in others
    }
    assert stack.run("status").returncode == 0
    assert "Superset: died, code -9; it is started again in 1 s, try 1 of 5" in stack.output()
    assert stack.superset("viewer").chart_ids()


def test_a_stack_dies_as_one_and_comes_back_with_its_data(
    stack: StackProcess, tmp_path: Path
) -> None:
    """Beside the other one, in a folder of its own: killed, started again, and then one of its
    servers killed."""
    own = StackProcess(
        tmp_path,
        TIDEMARK_SOURCE="replay",
        TIDEMARK_REPLAY__FILE=str(few_posts(tmp_path)),
        TIDEMARK_LAKE__EVERY_S="1",
    )
    lake = LakeLocation(str(own.data_dir / "lake"))
    try:
        own.start()
        own.wait_until_up()
        wait_until(lambda: own.count_rows("posts") == 3, patience_s=120)
        wait_until(lambda: own.service("Producer (replay)").state == "finished")
        wait_until(lambda: len(in_lake(lake, POSTS)) == 3)

        own.signal(signal.SIGKILL)
        own.wait()
        wait_until_gone(own.processes)
        assert own.run("status").stderr.startswith(f"tidemark: no stack runs in {own.data_dir}")

        own.start()
        own.wait_until_up()
        assert "the passwords of viewer and admin are in" in own.output()
        assert own.secret("SUPERSET__VIEWER_PASSWORD") not in own.output()
        assert own.count_rows("posts") == 3
        assert len(in_lake(lake, POSTS)) == 3

        psutil.Process(own.service("Kafka").pid).kill()
        assert own.wait() == 1
        assert "tidemark: Kafka ended with code -9; the end of" in own.output()
        assert own.processes() == []
        assert own.run("down").stdout.startswith("no stack runs in")
    finally:
        own.stop()


def few_posts(home: Path) -> Path:
    path = home / "posts.jsonl"
    path.write_text(
        "".join(
            f'{{"data": {{"id": "{number}", "author_id": "7", "created_at": "2026-11-21T09:30:0{number}.000Z",'
            f' "text": "post {number}"}}}}\n'
            for number in range(3)
        )
    )
    return path
