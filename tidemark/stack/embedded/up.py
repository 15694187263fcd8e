"""`tidemark up`: runs the stack in the foreground, from the first check until the last server has stopped."""

import asyncio
import signal
import time
from typing import Any

from rich.console import Console

from tidemark.errors import StackError
from tidemark.settings import Settings, require
from tidemark.stack.embedded import folder
from tidemark.stack.embedded.board import Board, State
from tidemark.stack.embedded.class_archives import make_in_background
from tidemark.stack.embedded.dashboards import choose_port, dashboard_paths
from tidemark.stack.embedded.secrets import FILE_NAME, with_secrets
from tidemark.stack.embedded.stack import Stack
from tidemark.stack.embedded.supervisor import Supervisor
from tidemark.stack.java import find_java
from tidemark.stack.superset_api import SupersetApi

ASK_EVERY_S = 0.5


def up(settings: Settings, console: Console) -> None:
    """Run the stack until a signal stops it; raise the error that kept it from starting, or ended it."""
    settings = settings.model_copy(update={"data_dir": settings.data_dir.absolute()})
    java = find_java()
    with folder.claim(settings.data_dir):
        folder.check_room(settings.data_dir)
        is_first_start = not (settings.data_dir / FILE_NAME).exists()
        port = choose_port(settings)
        if settings.superset.port not in (0, port):
            console.print(
                f"port {settings.superset.port} is in use, so the dashboards are on {port}",
                highlight=False,
            )
        stack = Stack(with_secrets(settings), java=java, dashboards_port=port)
        asyncio.run(_Foreground(stack, console, is_first_start).run())


class _Foreground:
    """One run of a stack, and what it prints."""

    def __init__(self, stack: Stack, console: Console, is_first_start: bool) -> None:
        self._stack = stack
        self._console = console
        self._is_first_start = is_first_start
        self._board = Board([server.name for server in reversed(stack.servers)], console)
        self._supervisor = Supervisor(stack.servers, self._board)
        self._began_s = time.monotonic()

    async def run(self) -> None:
        stop, hurry = _listen_to_signals()
        tasks = [
            asyncio.create_task(part)
            for part in (
                stop.wait(),
                self._come_up(),
                self._supervisor.watch(),
                self._stack.keep_published(self._supervisor, self._board),
            )
        ]
        try:
            await _first_of(tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            with self._board.moving(
                "Stopping", State.STOPPED, State.FINISHED, State.DIED, State.WAITING
            ):
                await self._supervisor.stop(hurry)
        self._say(
            f"All is stopped; the data stays in {self._stack.settings.data_dir}. {self._memory()}"
        )

    async def _come_up(self) -> None:
        """Start the stack, print its addresses and when the first chart has rows, then wait for ever."""
        with self._board.moving("Starting", State.READY, State.FINISHED):
            await self._stack.start(self._supervisor)
        self._print_ready()
        await self._print_first_chart()
        await self._archive_classes()
        await asyncio.Event().wait()

    def _print_ready(self) -> None:
        settings = self._stack.settings
        self._stack.publish(self._supervisor, self._board)
        self._say(f"\nTidemark is up after {time.monotonic() - self._began_s:.0f} s.\n")
        for path in dashboard_paths():
            self._say(f"  {self._stack.dashboards.url}{path}")
        if self._is_first_start:
            for user in ("viewer", "admin"):
                password = getattr(settings.superset, f"{user}_password")
                self._say(
                    f"  sign in as {user:<7} {require(password, 'superset', f'{user}_password')}"
                )
            self._say(f"  (shown this once; kept in {settings.data_dir / FILE_NAME})")
        else:
            self._say(f"  the passwords of viewer and admin are in {settings.data_dir / FILE_NAME}")
        if "sample" in settings.chosen_sources:
            self._say(
                "\nPosts and edits are made up (TIDEMARK_SOURCE is sample); docs/settings.md names other sources."
            )
        self._say("Ctrl-C stops all; `tidemark status` in another terminal shows how it goes.\n")

    async def _print_first_chart(self) -> None:
        """Wait until any chart has rows, and print when; with a quiet source that may be never."""
        password = require(
            self._stack.settings.superset.viewer_password, "superset", "viewer_password"
        )
        while not await asyncio.to_thread(
            _any_chart_has_rows, self._stack.dashboards.url, password
        ):
            await asyncio.sleep(ASK_EVERY_S)
        seconds = time.monotonic() - self._began_s
        self._stack.running.first_chart_s = round(seconds, 1)
        self._say(f"First chart after {seconds:.0f} s. {self._memory()}")

    async def _archive_classes(self) -> None:
        """Write Java's class archives in the quiet time after the start: they make the next one faster."""
        settings = self._stack.settings
        log_file = settings.data_dir / "logs" / "class-archives.log"
        try:
            await make_in_background(settings.jars_dir, log_file)
        except StackError as error:
            self._say(f"{error}. All works without them; starts take some seconds longer.")

    def _memory(self) -> str:
        return f"Memory: at most {self._stack.running.peak_memory_mb:,.0f} MB."

    def _say(self, text: str) -> None:
        self._console.print(text, highlight=False, markup=False, soft_wrap=True)


def _any_chart_has_rows(url: str, password: str) -> bool:
    try:
        api = SupersetApi(url, user="viewer", password=password)
        return any(api.chart(chart_id).rows for chart_id in api.chart_ids())
    except StackError:
        return False


def _listen_to_signals() -> tuple[asyncio.Event, asyncio.Event]:
    """Return two events: the first signal sets the first (stop), the second signal the second (stop at once)."""
    first, second = asyncio.Event(), asyncio.Event()

    def on_signal() -> None:
        (second if first.is_set() else first).set()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, on_signal)
    return first, second


async def _first_of(tasks: "list[asyncio.Task[Any]]") -> None:
    """Wait for the first to end, and raise its error where it has one."""
    done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in done:
        task.result()
