"""`vagrant up`: one machine, all of it as services."""

import os

from vagrant.machines import SERVICES, Machines
from waiting import wait_until

from tidemark.stack.health import notebook_problem


def test_it_says_what_it_runs(one_machine: Machines) -> None:
    assert "provision: kafka mysql spark producer superset run after" in one_machine.said


def test_every_chart_answers_with_rows_through_the_forwarded_port(one_machine: Machines) -> None:
    assert one_machine.faults_of_charts(patience_s=300) == []


def test_jupyterlab_lets_in_who_has_the_token_through_the_forwarded_port(
    one_machine: Machines,
) -> None:
    url = one_machine.forwarded(8888)

    assert notebook_problem(url, token=one_machine.secret("NOTEBOOK__TOKEN")) is None
    assert "403" in (notebook_problem(url, token="guessed") or "")


def test_passwords_are_new_and_nobody_else_reads_them(one_machine: Machines) -> None:
    secrets = one_machine.project / ".tidemark/vagrant/secrets.env"
    assert secrets.stat().st_mode & 0o777 == 0o600
    values = [line.partition("=")[2] for line in secrets.read_text().splitlines()]
    assert len(set(values)) == 9
    assert all(len(value) == 32 for value in values)

    readable = one_machine.run("tidemark", "find /etc/tidemark -type f -perm /007 -exec cat {} +")
    in_processes = one_machine.run("tidemark", "cat /proc/[0-9]*/cmdline | tr \\\\0 \\\\n")
    assert not any(value in readable + in_processes for value in values)


def test_each_service_is_somebody_of_its_own_and_listens_on_loopback_or_for_the_forwarded_port(
    one_machine: Machines,
) -> None:
    units = " ".join(f"tidemark-{name}" for name in SERVICES)
    users = one_machine.run("tidemark", f"systemctl show -p User --value {units}").split()
    assert users == [f"tidemark-{name}" for name in SERVICES]

    listening = one_machine.run("tidemark", 'ss -Hltn | tr -s [:space:] | cut -d " " -f 4').split()
    assert {at for at in listening if "127.0.0.1" not in at} == {
        "0.0.0.0:22",
        "[::]:22",
        "0.0.0.0:8088",
        "0.0.0.0:8888",
    }


def test_provisioning_again_changes_nothing_and_says_so(one_machine: Machines) -> None:
    before = one_machine.runs("tidemark")
    assert set(before) == set(SERVICES)

    said = one_machine.vagrant("provision")

    assert (
        "provision: nothing to change: kafka mysql spark producer superset run as they should"
        in said
    )
    assert one_machine.runs("tidemark") == before


def test_a_choice_in_the_env_file_restarts_only_whom_it_concerns(one_machine: Machines) -> None:
    before = one_machine.runs("tidemark")
    (one_machine.project / ".env").write_text("TIDEMARK_SAMPLE__RATE=5   # slower\n")

    said = one_machine.vagrant("provision")

    after = one_machine.runs("tidemark")
    assert {name for name in SERVICES if after[name] != before[name]} == {"producer"}, said


def test_a_choice_that_is_none_is_named(one_machine: Machines) -> None:
    (one_machine.project / ".env").write_text("TIDEMARK_SOURCE=nowhere\n")
    try:
        one_machine.vagrant("provision")
        refusal = ""
    except AssertionError as error:
        refusal = str(error)
    finally:
        os.unlink(one_machine.project / ".env")

    assert "TIDEMARK_SOURCE is 'nowhere'" in refusal
    one_machine.vagrant("provision")


def test_all_of_it_comes_back_after_a_restart_of_the_machine(one_machine: Machines) -> None:
    before = one_machine.runs("tidemark")

    # Not reload: with the docker provider that is a new machine.
    one_machine.vagrant("halt")
    one_machine.vagrant("up", "--no-provision")

    def is_back() -> bool:
        states = one_machine.run(
            "tidemark", f"systemctl is-active tidemark-{{{','.join(SERVICES)}}} || true"
        )
        return states.split() == ["active"] * len(SERVICES)

    wait_until(is_back, patience_s=180)
    after = one_machine.runs("tidemark")
    assert all(after[name] != before[name] for name in SERVICES)
