"""Checks whether a server really serves, in the way that its users use it.

Each check returns None if the server is healthy, else a line that says what is wrong.
"""

import urllib.request
from typing import Final

from mysql.connector import Error as DatabaseError

from tidemark import mysql
from tidemark.errors import SettingsError, StackError, TidemarkError
from tidemark.settings import KafkaSettings, MysqlSettings, Settings
from tidemark.stack.broker import administer
from tidemark.stack.progress import read_progress, seconds_since_merge
from tidemark.stack.superset_api import SupersetApi
from tidemark.stopped import read_stop_reason

STALLED_S: Final = 60


def kafka_problem(settings: KafkaSettings) -> str | None:
    """Ask the cluster for its brokers."""
    try:
        with administer(settings) as admin:
            brokers = admin.describe_cluster()["brokers"]
    except (SettingsError, StackError) as error:
        return str(error)
    return None if brokers else "Kafka answers, but has no broker yet"


def mysql_problem(settings: MysqlSettings, account: mysql.Account = "writer") -> str | None:
    """Sign in and select a row."""
    try:
        with mysql.connect(settings, account) as connection, connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            row = cursor.fetchone()
    except (TidemarkError, DatabaseError) as error:
        return str(error)
    return None if row == (1,) else "MySQL answers, but not what was asked"


def superset_problem(url: str, *, user: str, password: str) -> str | None:
    """Ask for its health, and sign in."""
    try:
        with urllib.request.urlopen(f"{url}/health", timeout=5) as response:  # noqa: S310 - the address is ours
            answer = response.read()
        if answer != b"OK":
            return f"Superset at {url} answers {answer[:100]!r} when asked for its health"
        SupersetApi(url, user=user, password=password)
    except StackError as error:
        return str(error)
    except OSError as error:
        return f"Superset at {url} does not answer ({error})"
    return None


def notebook_problem(url: str, *, token: str) -> str | None:
    """Ask JupyterLab for its status, with the token."""
    # It answers to the name localhost only.
    headers = {"Authorization": f"token {token}", "Host": "localhost"}
    request = urllib.request.Request(f"{url}/api/status", headers=headers)  # noqa: S310 - the address is ours
    try:
        urllib.request.urlopen(request, timeout=8).close()  # noqa: S310
    except OSError as error:
        return f"JupyterLab at {url} does not answer, or refuses the token ({error})"
    return None


def jobs_problem(settings: Settings) -> str | None:
    """Check every job that has begun; return the first problem."""
    if why := read_stop_reason(settings.data_dir):
        return f"the jobs have stopped: {why}"
    try:
        jobs = [progress.job for progress in read_progress(settings)]
    except TidemarkError as error:
        return str(error)
    if not jobs:
        return "no job has begun"
    return next((problem for job in jobs if (problem := job_problem(settings, job))), None)


def job_problem(settings: Settings, job: str) -> str | None:
    """Check whether the job merges the records that wait for it. A job with nothing to do is healthy."""
    try:
        progress = next((found for found in read_progress(settings) if found.job == job), None)
        silent_s = seconds_since_merge(settings, job)
    except TidemarkError as error:
        return str(error)
    if progress is None:
        return f"job {job} has not begun"
    waiting = sum(topic.waiting for topic in progress.topics)
    if waiting and (silent_s is None or silent_s > STALLED_S):
        since = "none yet" if silent_s is None else f"none for {silent_s} s"
        return f"{waiting:,} records wait for job {job}, and it has merged {since}"
    return None
