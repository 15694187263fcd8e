"""What a connection to the stand-in for a Mastodon instance does, one after the other."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Refuse:
    """Answer with this status."""

    status: int
    body: Any = field(default_factory=lambda: {"error": "Sorry"})
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Posts:
    """Write the next `count` posts, and send each; None writes all that are left."""

    count: int | None = None


@dataclass(frozen=True)
class Unsent:
    """Write the next `count` posts, which this connection does not bring."""

    count: int


@dataclass(frozen=True)
class Say:
    """Send a frame of any kind."""

    event: str
    data: bytes


@dataclass(frozen=True)
class Close:
    """End the answer."""


@dataclass(frozen=True)
class Cut:
    """Break the connection in the middle of a frame."""


@dataclass(frozen=True)
class Hold:
    """Send heartbeats until the client goes, or for so long; `silent`, nothing at all."""

    silent: bool = False
    for_s: float = float("inf")


Action = Posts | Unsent | Say | Close | Cut | Hold
Connection = Refuse | Iterable[Action]
