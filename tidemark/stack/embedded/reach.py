"""Whether live sources can be reached from here: without a network, a demo shows made-up posts."""

import socket
import urllib.request
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final
from urllib.parse import urlsplit

from tidemark.contracts.sources import SOURCES
from tidemark.settings import Settings, SourceName

CONNECT_WITHIN_S: Final = 3.0
_PORTS: Final = {"http": 80, "ws": 80, "https": 443, "wss": 443}


def with_reachable_sources(settings: Settings, report: Callable[[str], None]) -> Settings:
    """Return the settings without the sources that do not answer, or with `sample` where none
    does; report which are left out."""
    wanted = settings.chosen_sources
    urls = [_urls(source, settings) for source in wanted]
    with ThreadPoolExecutor(len(wanted)) as pool:
        answers = list(pool.map(_answers, urls))
    silent = [source for source, is_there in zip(wanted, answers, strict=True) if not is_there]
    if not silent:
        return settings
    left: list[SourceName] = [source for source in wanted if source not in silent] or ["sample"]
    report(
        f"{' and '.join(silent)} cannot be reached from here, so the demo shows {' and '.join(left)}"
    )
    return settings.model_copy(update={"sources": left})


def _urls(source: SourceName, settings: Settings) -> list[str]:
    """Return the URLs of which one must answer; none for a source that needs no network."""
    urls: list[str] = []
    for field in SOURCES[source].addresses:
        value = getattr(getattr(settings, source), field)
        urls += value if isinstance(value, list) else filter(None, [value])
    return urls


def _answers(urls: list[str]) -> bool:
    """Return True if one of them accepts a connection; also behind a proxy, where we cannot
    probe."""
    return not urls or bool(urllib.request.getproxies()) or any(map(_can_connect, urls))


def _can_connect(url: str) -> bool:
    parts = urlsplit(url)
    try:
        socket.create_connection(
            (parts.hostname, parts.port or _PORTS[parts.scheme]), CONNECT_WITHIN_S
        ).close()
    except OSError:
        return False
    return True
