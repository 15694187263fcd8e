"""Logs: an event and its fields, on one line, to standard error, so that people and machines can read it.

    TIME LEVEL LOGGER EVENT KEY=VALUE KEY=VALUE …

An event that holds `=` or begins with `"`, and a value that holds a blank, `=`, `"` or nothing at all, is a JSON
string; whatever cannot be printed is always escaped. So the event ends where ` KEY=` begins. A traceback follows on
separate lines, none of which begins with a time.
"""

import json
import logging
import re
import sys
import time
from typing import Final

_UNAUTHENTICATED: Final = "Could not authenticate connection."
"""What py4j logs, with a useless traceback, when somebody connects without its token."""

_STANDARD_FIELDS: Final = frozenset(vars(logging.LogRecord("", 0, "", 0, "", (), None))) | {
    "message",
    "asctime",
    "taskName",
}
_QUOTED_VALUE: Final = re.compile(r'^$|[\s="]')
_QUOTED_EVENT: Final = re.compile(r'^$|^["\s]|=|\s$')
_NOT_IN_KEYS: Final = re.compile(r"[^\w.-]+")


class LineFormatter(logging.Formatter):
    """2026-11-21T09:30:00.123Z WARNING producer.run gap opened source=x cause="read timed out" """

    converter = staticmethod(time.gmtime)

    def format(self, record: logging.LogRecord) -> str:
        moment = f"{self.formatTime(record, '%Y-%m-%dT%H:%M:%S')}.{int(record.msecs):03d}Z"
        event = _quoted(record.getMessage(), _QUOTED_EVENT)
        fields = [
            f"{_NOT_IN_KEYS.sub('_', key)}={_quoted(str(value), _QUOTED_VALUE)}"
            for key, value in vars(record).items()
            if key not in _STANDARD_FIELDS
        ]
        line = " ".join([moment, record.levelname, record.name, event, *fields])
        if not record.exc_info or record.msg == _UNAUTHENTICATED:
            return line
        return f"{line}\n{self.formatException(record.exc_info)}"


def _quoted(text: str, needs_quotes: re.Pattern[str]) -> str:
    if text.isprintable() and not needs_quotes.search(text):
        return text
    return json.dumps(text, ensure_ascii=not text.isprintable())


def is_logged(record: logging.LogRecord) -> bool:
    """Return False for what py4j logs as root when a JVM has ended: it raises the same error, which we log."""
    return record.name != "root" or "py4j" not in record.pathname


def configure(level: str = "INFO") -> None:
    """Send all logs to standard error: ours from `level` on, those of libraries from WARNING on."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(LineFormatter())
    handler.addFilter(is_logged)
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    for package in ("tidemark", "producer", "spark_jobs"):
        logging.getLogger(package).setLevel(level)
