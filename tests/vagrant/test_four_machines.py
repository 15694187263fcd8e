"""`TIDEMARK_VMS=4 vagrant up`: four machines on a private network."""

import json

from vagrant.machines import Machines

ROLES = {
    "kafka": {"kafka"},
    "mysql": {"mysql", "prepare", "superset"},
    "spark": {"spark", "notebook"},
    "producer": {"producer"},
}


def test_each_machine_runs_its_own_services(four_machines: Machines) -> None:
    assert {name: set(four_machines.runs(name)) for name in ROLES} == ROLES


def test_every_chart_answers_with_rows_through_the_forwarded_port(four_machines: Machines) -> None:
    assert four_machines.faults_of_charts(patience_s=300) == []


def test_the_example_notebook_reads_kafka_and_the_tables_beside_the_jobs(
    four_machines: Machines,
) -> None:
    # As a service of that name, so that it is locked in like JupyterLab itself.
    as_notebook = (
        "systemd-run --quiet --wait --pipe --unit=tidemark-look "
        "-p User=tidemark-notebook -p StateDirectory=tidemark-notebook "
        "-p EnvironmentFile=/etc/tidemark/notebook/environment -E TIDEMARK_JARS_DIR=/opt/tidemark/.jars "
        "--working-directory=/var/lib/tidemark-notebook"
    )
    execute = "/opt/tidemark/.venv/bin/jupyter execute examples/first_look.ipynb"

    four_machines.run(
        "spark", f"{as_notebook} {execute} --output=/var/lib/tidemark-notebook/work/look.ipynb"
    )

    look = json.loads(four_machines.run("spark", "cat /var/lib/tidemark-notebook/work/look.ipynb"))
    outputs = [output for cell in look["cells"] for output in cell.get("outputs", [])]
    assert len(outputs) >= 4
    assert [output for output in outputs if output["output_type"] == "error"] == []


def test_the_database_serves_the_private_network_and_root_only_at_home(
    four_machines: Machines,
) -> None:
    listening = four_machines.run(
        "mysql", 'ss -Hltn sport = :3306 | tr -s [:space:] | cut -d " " -f 4'
    ).split()
    assert set(listening) == {"127.0.0.1:3306", "192.168.56.11:3306"}

    script = (
        "import mysql.connector, sys; "
        "mysql.connector.connect(host=sys.argv[1], user=sys.argv[2], password=sys.argv[3])"
    )
    password = four_machines.secret("MYSQL__ROOT_PASSWORD")
    said = four_machines.run(
        "spark",
        f'/opt/tidemark/.venv/bin/python -c "{script}" 192.168.56.11 root {password} 2>&1 || true',
    )
    assert "is not allowed to connect" in said or "Access denied" in said


def test_a_service_knows_only_the_passwords_that_it_needs(four_machines: Machines) -> None:
    told = four_machines.run("producer", "cat /etc/tidemark/producer/environment")
    assert "PASSWORD" not in told
    told = four_machines.run("spark", "cat /etc/tidemark/spark/environment")
    assert told.count("PASSWORD") == 1
    assert "WRITER_PASSWORD" in told


def test_provisioning_again_changes_nothing_and_says_so(four_machines: Machines) -> None:
    before = {name: four_machines.runs(name) for name in ROLES}

    said = four_machines.vagrant("provision")

    assert said.count("provision: nothing to change: ") == len(ROLES)
    assert {name: four_machines.runs(name) for name in ROLES} == before
