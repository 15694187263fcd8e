"""Names of older versions: still accepted, each with one warning that says what to write."""

import logging
from typing import Final

from tidemark.contracts.sources import current_name

log: Final = logging.getLogger(__name__)


def source_name(name: str) -> str:
    """Return the name of a source as it is now; warn where `name` is an older one."""
    current = current_name(name)
    if current != name:
        log.warning("deprecated: source %s is called %s now, write %s", name, current, current)
    return current
