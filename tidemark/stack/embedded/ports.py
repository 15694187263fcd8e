"""Ports on loopback."""

import random
import socket
from typing import Final

LOOPBACK: Final = "127.0.0.1"

# Below the range from which Linux takes the ports of outgoing connections: no client can get the
# port by chance before the server listens on it.
_FIRST: Final = 20_000
_LAST: Final = 32_000


def is_free(port: int) -> bool:
    """Return whether a server could listen on the port now, by listening on it."""
    try:
        listen(port).close()
    except OSError:
        return False
    return True


def listen(port: int) -> socket.socket:
    """Listen on the port, as servers do; raise OSError if it is in use."""
    listener = socket.socket()
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((LOOPBACK, port))
        listener.listen(1)
    except OSError:
        listener.close()
        raise
    return listener


def free_port() -> int:
    """Return a port that nobody listens on."""
    numbers = random.SystemRandom()
    while not is_free(port := numbers.randint(_FIRST, _LAST)):
        pass
    return port


def answers(port: int) -> bool:
    """Return whether something accepts connections on the port."""
    try:
        socket.create_connection((LOOPBACK, port), timeout=1).close()
    except OSError:
        return False
    return True
