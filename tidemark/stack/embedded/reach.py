"""Whether live sources can be reached from here: a demo without a network shows made-up posts
instead."""

import socket
import urllib.request
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final
from urllib.parse import urlsplit

from tidemark.settings import Settings, SourceName

CONNECT_WITHIN_S: Final = 3.0
_PORTS: Final = {"http": 80, "ws": 80, "https": 443, "wss": 443}


def with_reachable_sources(settings: Settings, report: Callable[[str], None]) -> Settings:
    """The settings without the sources that do not answer, or with `sample` where none is left;
    says so."""
    wanted = settings.listens_to
    with ThreadPoolExecutor(len(wanted)) as pool:
        answers = dict(
            zip(
                wanted,
                pool.map(lambda source: _answers(_urls(source, settings)), wanted),
                strict=True,
            )
        )
    silent = [source for source, answers_ in answers.items() if not answers_]
    if not silent:
        return settings
    left: list[SourceName] = [source for source in wanted if source not in silent] or ["sample"]
    report(
        f"{' and '.join(silent)} cannot be reached from here, so the demo shows {' and '.join(left)}"
    )
    return settings.model_copy(update={"sources": left})


def _urls(source: SourceName, settings: Settings) -> list[str]:
    """Where a live source is, any of them; none for one that needs no network."""
    match source:
        case "wikimedia":
            return [settings.wikimedia.url]
        case "bluesky":
            return list(settings.bluesky.hosts)
        case "mastodon":
            return [settings.mastodon.url] if settings.mastodon.url else []
        case "x_stream":
            return [settings.x.api_url]
    return []


def _answers(urls: list[str]) -> bool:
    """Behind a proxy there is nothing that we could ask ourselves."""
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
