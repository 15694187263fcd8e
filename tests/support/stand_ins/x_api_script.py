"""What a connection to the stand-in for the X API does, one after the other."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Refuse:
    """Answer the connection with this status."""

    status: int
    body: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Posts:
    """Send the next `count` lines; None sends all that are left."""

    count: int | None = None


@dataclass(frozen=True)
class Say:
    """Send a line that is none of the file's."""

    line: bytes


@dataclass(frozen=True)
class KeepAlive:
    """Send an empty line."""


@dataclass(frozen=True)
class Close:
    """End the answer, as a server does that wants to be rid of us."""


@dataclass(frozen=True)
class Cut:
    """Break the connection in the middle of a chunk."""


@dataclass(frozen=True)
class Hold:
    """Send keep-alives until the client goes, or for so long; `silent`, nothing at all."""

    silent: bool = False
    for_s: float = float("inf")


Action = Posts | Say | KeepAlive | Close | Cut | Hold
Connection = Refuse | Sequence[Action]

DISCONNECT = Say(
    json.dumps(
        {
            "errors": [
                {
                    "title": "operational-disconnect",
                    "disconnect_type": "UpstreamOperationalDisconnect",
                    "detail": "This stream has been disconnected upstream for operational reasons.",
                    "type": "https://api.twitter.com/2/problems/operational-disconnect",
                }
            ]
        }
    ).encode()
)
