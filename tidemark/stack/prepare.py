"""What every launcher runs: accounts → topics → migrations → rights of charts → dashboards.

A second run changes nothing.
"""

import subprocess
from collections.abc import Callable

from tidemark.errors import SetupError
from tidemark.settings import Settings
from tidemark.stack.accounts import make_accounts
from tidemark.stack.chart_grants import grant_charts
from tidemark.stack.migrate import migrate
from tidemark.stack.project import FOLDER, SUPERSET
from tidemark.stack.superset_environment import superset_environment
from tidemark.stack.topics import kept_topics, make_topics

Report = Callable[[str], None]


def prepare_data(settings: Settings, report: Report) -> None:
    """Prepare accounts (if root's password is known), topics and tables."""
    if settings.mysql.root_password is not None:
        make_accounts(settings.mysql)
        report("accounts are as the settings say")
    new = make_topics(settings.kafka, kept_topics(settings.topics))
    report(f"made topics: {', '.join(new)}" if new else "all topics are there")
    applied = migrate(settings.mysql)
    report(f"applied migrations: {', '.join(applied)}" if applied else "all migrations are applied")
    if settings.mysql.root_password is not None:
        grant_charts(settings.mysql)


def prepare_dashboards(settings: Settings, report: Report) -> None:
    """Prepare Superset's tables, roles, users and charts, in Superset's own Python environment."""
    python = FOLDER / ".venv-superset" / "bin" / "python"
    if not python.exists():
        raise SetupError(f"no {python}; run `make install`")
    environment = superset_environment(settings, (settings.data_dir / "superset").absolute())
    done = subprocess.run(
        [str(python), str(SUPERSET / "bootstrap.py")],
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        output = (done.stderr or done.stdout).strip().splitlines()[-5:]
        raise SetupError(
            "Superset could not be prepared:" + "".join(f"\n    {line}" for line in output)
        )
    report("dashboards are as superset/assets says")
