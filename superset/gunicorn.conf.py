"""How every launcher runs Superset; each adds its --bind. One process, which brings itself to what
this folder says."""

import ctypes
import signal
import sys
from pathlib import Path
from typing import Any, Final

pythonpath = str(Path(__file__).parent)
wsgi_app = "bootstrap:main([])"
workers = 1
worker_class = "reading_worker.ReadingWorker"
timeout = 120
graceful_timeout = 5
control_socket_disable = True

_PR_SET_PDEATHSIG: Final = 1


def post_fork(_server: Any, _worker: Any) -> None:
    """Make the kernel kill the worker where the process that started it is killed.

    By itself it would look only when Superset is imported, which takes seconds.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
