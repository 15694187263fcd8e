"""JupyterLab beside the stack: who gets in, what it may do, and that the example runs."""

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
from compose.compose_stack import PATIENCE_S, ComposeStack

EXAMPLE = "/srv/notebooks/examples/first_look.ipynb"
COPY = "/srv/notebooks/work/tried.ipynb"


@pytest.fixture(scope="module")
def notebook(compose: ComposeStack) -> Iterator[ComposeStack]:
    """With no new posts while the notebook is compared with the tables."""
    compose.up("notebook")
    compose.check_tables()
    compose.compose("stop", "producer")
    yield compose
    compose.compose("--profile=notebook", "rm", "--stop", "--force", "notebook")
    compose.compose("start", "producer")


def ask(notebook: ComposeStack, token: str, host: str = "127.0.0.1") -> int:
    """The answer's status."""
    address = f"http://127.0.0.1:{notebook.ports['TIDEMARK_NOTEBOOK__PORT']}/api/contents/examples"
    request = urllib.request.Request(
        address, headers={"Authorization": f"token {token}", "Host": host}
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def python(notebook: ComposeStack, code: str) -> str:
    return notebook.compose("exec", "--no-TTY", "notebook", "python", "-c", code)


def outputs(document: dict[str, Any]) -> dict[str, list[list[str]]]:
    """By cell: the lines of the table that it shows, without their number, split at spaces."""
    shown = {}
    for cell in document["cells"]:
        for output in cell.get("outputs", []):
            assert output["output_type"] != "error"
            if "data" in output:
                lines = "".join(output["data"]["text/plain"]).splitlines()
                shown[cell["id"]] = [line.split()[1:] for line in lines[1:]]
    return shown


def test_only_who_has_the_token_gets_in(notebook: ComposeStack) -> None:
    token = notebook.secret("notebook", "TIDEMARK_NOTEBOOK__TOKEN")

    assert [ask(notebook, token), ask(notebook, token[:-1]), ask(notebook, "")] == [200, 403, 403]
    assert ask(notebook, token, host="elsewhere.example") == 403


def test_the_example_runs_and_shows_what_kafka_and_the_tables_hold(notebook: ComposeStack) -> None:
    notebook.compose(
        *("exec", "--no-TTY", "notebook", "jupyter", "execute", EXAMPLE, f"--output={COPY}"),
        patience_s=PATIENCE_S,
    )

    found = outputs(json.loads(notebook.compose("exec", "--no-TTY", "notebook", "cat", COPY)))
    ends = {
        str(partition): str(end)
        for (topic, partition), end in notebook.end_offsets().items()
        if topic == "posts"
    }
    with notebook.stored() as stored:
        most_used = stored.rows(
            "SELECT hashtag, CAST(SUM(uses) AS SIGNED) FROM {db}.hashtag_days "
            "GROUP BY hashtag ORDER BY SUM(uses) DESC, hashtag LIMIT 10"
        )
    assert found["records"] == [[partition, end, end] for partition, end in sorted(ends.items())]
    assert found["hashtags"] == [[hashtag, str(uses)] for hashtag, uses in most_used]
    assert found["waiting"] == [
        [partition, end, end, "0"] for partition, end in sorted(ends.items())
    ]


def test_a_notebook_reads_tables_and_may_not_change_them(notebook: ComposeStack) -> None:
    code = (
        "from tidemark import mysql\n"
        "from tidemark.settings import load\n"
        "with mysql.connect(load().mysql, 'reader') as connection, connection.cursor() as cursor:\n"
        "    try:\n"
        "        cursor.execute('DELETE FROM posts')\n"
        "    except Exception as error:\n"
        "        print(error.errno)\n"
    )

    assert python(notebook, code).split() == ["1142"]


def test_the_notebook_has_the_reader_s_password_and_no_other(notebook: ComposeStack) -> None:
    look = "import os; print(sorted(os.listdir('/run/tidemark')), os.getuid(), os.access('/opt/tidemark', os.W_OK))"

    told = python(notebook, look)

    assert (
        told.strip()
        == "['TIDEMARK_MYSQL__READER_PASSWORD', 'TIDEMARK_NOTEBOOK__TOKEN'] 10001 False"
    )
