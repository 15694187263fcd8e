"""Answers from outside, read within bounds: how much memory they take is not for the other side to
say."""

from collections.abc import Iterator
from typing import Final

import requests
import urllib3

MAX_BYTES: Final = 8 << 20
"""Of an unpacked body. The largest that is asked for, a page of 40 posts, has some 400 KB."""
_CHUNK_BYTES: Final = 64 << 10


class TooLargeError(requests.RequestException):
    """Raised when a body is larger than is read of it; says how much that is."""


def read_bounded(response: requests.Response, max_bytes: int = MAX_BYTES) -> bytes:
    """Return the body, unpacked, of a request made with stream=True; the connection can be used
    again.

    TooLargeError, and the connection closed, where it has more than max_bytes; ConnectionError
    where it breaks off.
    """
    body = bytearray()
    for chunk in _chunks(response):
        body += chunk
        if len(body) > max_bytes:
            response.close()
            raise TooLargeError(
                f"an answer of more than {max_bytes >> 10} KiB was refused", response=response
            )
    return bytes(body)


def read_head(response: requests.Response, max_bytes: int) -> bytes:
    """Return no more than the beginning of the body, unpacked; what breaks off or cannot be
    unpacked ends there."""
    head = bytearray()
    try:
        for chunk in _chunks(response):
            head += chunk
            if len(head) >= max_bytes:
                response.close()
                break
    except requests.ConnectionError:
        response.close()
    return bytes(head[:max_bytes])


def moved_to(response: requests.Response) -> str | None:
    """Return where a redirection points; None where the answer is none.

    No API that we ask redirects, so none is followed: it would lead wherever the other side likes,
    also into our own network.
    """
    if not 300 <= response.status_code < 400:
        return None
    return response.headers.get("Location", "nowhere")[:200]


def _chunks(response: requests.Response) -> Iterator[bytes]:
    try:
        while chunk := response.raw.read1(_CHUNK_BYTES, decode_content=True):
            yield chunk
    except (urllib3.exceptions.HTTPError, OSError) as error:
        raise requests.ConnectionError(error, response=response) from error
