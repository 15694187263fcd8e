"""`tidemark status`: checks each server now, and shows the progress of each job."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

from rich.console import Console
from rich.table import Table

from tidemark.errors import StackError, TidemarkError
from tidemark.settings import Settings, require
from tidemark.stack import health
from tidemark.stack.embedded import folder
from tidemark.stack.embedded.board import State
from tidemark.stack.embedded.memory import memory_mb
from tidemark.stack.embedded.secrets import with_secrets
from tidemark.stack.progress import JobProgress, read_progress
from tidemark.stack.set_aside import read_set_aside
from tidemark.upkeep.disks import DiskBook, warning
from tidemark.upkeep.guard import seen_disks


def status(settings: Settings, console: Console) -> bool:
    """Print the state of the stack; return whether all is well. Raise StackError if nothing runs."""
    home = settings.data_dir.absolute()
    running = folder.read(home)
    if running is None:
        raise StackError(f"no stack runs in {home}; start one with `tidemark up`")
    settings = of_running(settings)
    with ThreadPoolExecutor() as pool:
        asked = {
            service.name: pool.submit(_problem(service, settings, running))
            for service in running.services
        }
        progress = pool.submit(read_progress, settings)
        problems = {name: answer.result() for name, answer in asked.items()}
    _show_services(running, problems, console)
    try:
        _show_jobs(progress.result(), console)
        for source in read_set_aside(settings):
            console.print(str(source), style="red", highlight=False, markup=False, soft_wrap=True)
    except TidemarkError as error:
        console.print(f"\nThe jobs' progress cannot be read: {error}", highlight=False)
    return _show_disks(settings, console) and not any(problems.values())


def of_running(settings: Settings) -> Settings:
    """Return the settings, with addresses and secrets of the data folder's stack if one runs."""
    home = settings.data_dir.absolute()
    running = folder.read(home)
    if running is None:
        return settings
    own = settings.model_copy(update={"data_dir": home})
    return at_addresses(with_secrets(own), running)


def at_addresses(settings: Settings, running: folder.Running) -> Settings:
    """Return the settings with the addresses of the running stack."""
    ports = {service.name: service.port for service in running.services}
    database = ports.get("MariaDB") or ports.get("MySQL")
    return settings.model_copy(
        update={
            "kafka": settings.kafka.model_copy(
                update={"bootstrap": f"127.0.0.1:{ports.get('Kafka')}"}
            ),
            "mysql": settings.mysql.model_copy(update={"host": "127.0.0.1", "port": database}),
        }
    )


def _problem(
    service: folder.Service, settings: Settings, running: folder.Running
) -> Callable[[], str | None]:
    """Return the check of a service, which asks it in the way that its users do."""
    if service.state not in (State.READY, State.FINISHED):
        return lambda: service.note or f"it is {service.state}"
    if service.name == "Kafka":
        return lambda: health.kafka_problem(settings.kafka)
    if service.name in ("MariaDB", "MySQL"):
        return lambda: health.mysql_problem(settings.mysql)
    if service.name == "Superset" and running.dashboards_url is not None:
        url, password = running.dashboards_url, settings.superset.viewer_password
        return lambda: health.superset_problem(
            url, user="viewer", password=require(password, "superset", "viewer_password")
        )
    return lambda: None


def _show_services(
    running: folder.Running, problems: dict[str, str | None], console: Console
) -> None:
    table = Table(box=None, header_style="bold", padding=(0, 2, 0, 0))
    for heading, side in (
        ("service", "left"),
        ("state", "left"),
        ("pid", "right"),
        ("port", "right"),
        ("MB", "right"),
    ):
        table.add_column(heading, justify=side)  # type: ignore[arg-type]  # the five sides are literals
    for service in running.services:
        pids = [service.pid] if service.pid and service.state != State.FINISHED else []
        problem = problems[service.name]
        state = "[red]not well[/red]" if problem else service.state
        table.add_row(
            service.name,
            state,
            _or_dash(service.pid),
            _or_dash(service.port),
            f"{memory_mb(pids):,.0f}" if pids else "-",
        )
    console.print(table)
    for name, problem in problems.items():
        if problem:
            console.print(
                f"{name}: {problem}", style="red", highlight=False, markup=False, soft_wrap=True
            )
    up_for = datetime.now(UTC) - running.started_at
    console.print(
        f"\nup for {str(up_for).partition('.')[0]} (pid {running.pid}), source {running.source}, "
        f"at most {running.peak_memory_mb:,.0f} MB, dashboards at {running.dashboards_url}",
        highlight=False,
        soft_wrap=True,
    )


def _show_jobs(progress: list[JobProgress], console: Console) -> None:
    table = Table(box=None, header_style="bold", padding=(0, 2, 0, 0))
    table.add_column("job")
    table.add_column("topic")
    for heading in ("merged", "waiting", "rows/s", "rejected/s", "batch ms", "longest ms"):
        table.add_column(heading, justify="right")
    for job in progress:
        rates = (
            f"{job.rows_per_s:,.0f}",
            f"{job.rejected_per_s:,.1f}",
            "-" if job.batch_ms is None else f"{job.batch_ms:,.0f}",
            "-" if job.max_batch_ms is None else f"{job.max_batch_ms:,.0f}",
        )
        for position, topic in enumerate(job.topics):
            first = position == 0
            table.add_row(
                job.job if first else "",
                topic.topic,
                f"{topic.merged:,}",
                f"{topic.waiting:,}",
                *(rates if first else ()),
            )
    console.print()
    console.print(table if progress else "no job has begun yet")


def _show_disks(settings: Settings, console: Console) -> bool:
    """Print the disks and warnings about them; return whether all have room."""
    book, now_s, problems = DiskBook(settings.data_dir), time.time(), []
    table = Table(box=None, header_style="bold", padding=(0, 2, 0, 0))
    for heading in ("disk of", "folder", "GB", "free GB", "free %", "full in h"):
        table.add_column(heading, justify="left" if heading in ("disk of", "folder") else "right")
    for disk in seen_disks(settings):
        hours_left = book.hours_left(disk, now_s)
        problems.append(warning(disk, hours_left, settings.disk))
        sizes = (
            f"{disk.size_bytes / 1e9:,.1f}",
            f"{disk.free_bytes / 1e9:,.1f}",
            f"{disk.free_percent:.0f}",
        )
        table.add_row(
            disk.what, disk.folder, *sizes, "-" if hours_left is None else f"{hours_left:,.0f}"
        )
    console.print()
    console.print(table)
    for problem in filter(None, problems):
        console.print(problem, style="red", highlight=False, markup=False, soft_wrap=True)
    return not any(problems)


def _or_dash(value: int | None) -> str:
    return "-" if value is None else str(value)
