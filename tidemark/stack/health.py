"""Whether a server really serves, asked the way its users ask. None is well; else it is what is
wrong."""

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
    """Asks the cluster for its brokers."""
    try:
        with administer(settings) as admin:
            return (
                None
                if admin.describe_cluster()["brokers"]
                else "Kafka answers, and has no broker yet"
            )
    except (SettingsError, StackError) as error:
        return str(error)


def mysql_problem(settings: MysqlSettings, account: mysql.Account = "writer") -> str | None:
    """Signs in and asks for a row."""
    try:
        with mysql.connect(settings, account) as connection, connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            return (
                None if cursor.fetchone() == (1,) else "MySQL answers, and not with what was asked"
            )
    except (TidemarkError, DatabaseError) as error:
        return str(error)


def superset_problem(url: str, *, user: str, password: str) -> str | None:
    """Asks whether it is up, and signs in."""
    try:
        with urllib.request.urlopen(f"{url}/health", timeout=5) as answer:  # noqa: S310 - the address is ours
            if (told := answer.read()) != b"OK":
                return f"Superset at {url} says of its health {told[:100]!r}"
        SupersetApi(url, user=user, password=password)
    except (OSError, StackError) as error:
        return (
            str(error)
            if isinstance(error, StackError)
            else f"Superset at {url} does not answer ({error})"
        )
    return None


def notebook_problem(url: str, *, token: str) -> str | None:
    """Asks JupyterLab how it is, as somebody who has the token."""
    # It answers to no name but that of its own machine.
    headers = {"Authorization": f"token {token}", "Host": "localhost"}
    request = urllib.request.Request(f"{url}/api/status", headers=headers)  # noqa: S310 - the address is ours
    try:
        urllib.request.urlopen(request, timeout=8).close()  # noqa: S310
    except OSError as error:
        return f"JupyterLab at {url} lets nobody in ({error})"
    return None


def jobs_problem(settings: Settings) -> str | None:
    """Asks of every job that has begun; None where all are well."""
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
    """Asks whether it merges what waits for it. A job with nothing to do is well."""
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
