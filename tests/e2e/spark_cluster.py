"""A Spark of several processes, as on several machines: a master and a worker, all on loopback."""

import json
import os
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

from waiting import wait_until

from tidemark.stack.embedded.ports import LOOPBACK, free_port

SPARK_CLASS = Path(sys.executable).parent / "spark-class"
PATIENCE_S = 120


class SparkCluster:
    """Started at once; the worker is known to the master when the constructor returns."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._processes: list[subprocess.Popen[bytes]] = []
        port, self._ui_port = free_port(), free_port()
        self.master = f"spark://{LOOPBACK}:{port}"
        try:
            self._start("master.Master", "--port", str(port), "--webui-port", str(self._ui_port))
            wait_until(self._is_in_charge, patience_s=PATIENCE_S)
            resources = ("--cores", "2", "--memory", "1g", "--work-dir", str(folder / "work"))
            self._start("worker.Worker", *resources, "--webui-port", "0", self.master)
            wait_until(self._has_a_worker, patience_s=PATIENCE_S)
        except BaseException:
            self.stop()
            raise

    def state(self) -> dict[str, Any]:
        """What the master tells of its workers and applications."""
        with urllib.request.urlopen(
            f"http://{LOOPBACK}:{self._ui_port}/json/", timeout=10
        ) as answer:
            return dict(json.load(answer))

    def stop(self) -> None:
        """All of it at once: executors are in the session of their worker."""
        for process in self._processes:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def _is_in_charge(self) -> bool:
        self._check()
        try:
            return bool(self.state()["status"] == "ALIVE")
        except (OSError, ValueError):  # no answer yet, or a page before there is JSON
            return False

    def _has_a_worker(self) -> bool:
        self._check()
        return bool(self.state()["aliveworkers"])

    def _check(self) -> None:
        logs = [log.read_text(errors="replace") for log in sorted(self._folder.glob("*.log"))]
        assert all(process.poll() is None for process in self._processes), "\n".join(logs)

    def _start(self, name: str, *arguments: str) -> None:
        # Without the first of them spark-class asks the PATH's python3 where Spark is.
        told = {
            "PYSPARK_PYTHON": sys.executable,
            "SPARK_LOCAL_IP": LOOPBACK,
            "SPARK_DAEMON_MEMORY": "128m",
        }
        with (self._folder / f"{name}.log").open("wb") as log:
            self._processes.append(
                subprocess.Popen(
                    [
                        SPARK_CLASS,
                        f"org.apache.spark.deploy.{name}",
                        "--host",
                        LOOPBACK,
                        *arguments,
                    ],
                    cwd=self._folder,
                    env=os.environ | told,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
            )
