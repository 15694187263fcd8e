"""Logs: an event and its fields, on one line, to standard error."""

import logging
import sys
import time
from typing import Final

_UNAUTHENTICATED: Final = "Could not authenticate connection."
"""What py4j says where somebody asks without its token: the stack is of its own socket."""

_PLAIN: Final = frozenset(vars(logging.LogRecord("", 0, "", 0, "", (), None))) | {
    "message",
    "asctime",
    "taskName",
}


class LineFormatter(logging.Formatter):
    """2026-11-21T09:30:00.123Z WARNING producer.run source cut source=x wait_s=5"""

    converter = staticmethod(time.gmtime)

    def format(self, record: logging.LogRecord) -> str:
        moment = f"{self.formatTime(record, '%Y-%m-%dT%H:%M:%S')}.{int(record.msecs):03d}Z"
        fields = [f"{key}={value}" for key, value in vars(record).items() if key not in _PLAIN]
        line = " ".join([moment, record.levelname, record.name, record.getMessage(), *fields])
        if not record.exc_info or record.msg == _UNAUTHENTICATED:
            return line
        return f"{line}\n{self.formatException(record.exc_info)}"


def is_told(record: logging.LogRecord) -> bool:
    """Not what py4j logs as root, with all of its stack, where a JVM has gone: it raises that too,
    and is told of."""
    return record.name != "root" or "py4j" not in record.pathname


def configure(level: str = "INFO") -> None:
    """Send all logs to standard error, ours at `level`, everybody else's from WARNING on."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(LineFormatter())
    handler.addFilter(is_told)
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    for package in ("tidemark", "producer", "spark_jobs"):
        logging.getLogger(package).setLevel(level)
