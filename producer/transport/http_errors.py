"""Refused requests: which are worth trying again, and what the service says about them."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

import requests

from producer.transport.backoff import retry_after_s
from producer.transport.http_body import moved_to, read_head
from tidemark.errors import SourceError

_EXPLANATION_CHARS: Final = 300
_EXPLANATION_BYTES: Final = 64 << 10
_FIELDS: Final = ("title", "detail", "reason", "error")


class RefusedError(Exception):
    """Raised where a service refuses us for now.

    wait_s  how long it asks us to wait, at least
    """

    def __init__(self, explanation: str, wait_s: float = 0.0) -> None:
        super().__init__(explanation)
        self.wait_s = wait_s


class Refusals:
    """What the refusals of one service mean. No secret gets into an error or a log."""

    def __init__(
        self, service: str, fatal: Mapping[int, str], *, secrets: Sequence[str] = ()
    ) -> None:
        """Set what is known of the service.

        fatal    for each status at which trying again cannot help, what it means and what to do
        secrets  texts that are replaced wherever the service repeats them
        """
        self._service = service
        self._fatal = fatal
        self._secrets = secrets

    def is_fatal(self, status: int) -> bool:
        """Return whether trying again cannot help."""
        return status in self._fatal

    def fatal_error(self, status: int, explanation: str) -> SourceError:
        """Return the error that ends the source, for a status that is fatal."""
        return SourceError(f"{self._fatal[status]} ({status}; {self._service} says: {explanation})")

    def check(self, response: requests.Response, now_us: int) -> None:
        """Return where the response is a success; raise SourceError or RefusedError where not."""
        if response.ok and moved_to(response) is None:
            return
        status, explanation = response.status_code, self.explanation(response)
        if self.is_fatal(status):
            raise self.fatal_error(status, explanation)
        wait_s = retry_after_s(response.headers.get("Retry-After"), now_us)
        raise RefusedError(f"{status}: {explanation}", wait_s)

    def explanation(self, response: requests.Response) -> str:
        """Return what the service says, on one line, without secrets; reads the body."""
        address = moved_to(response)
        if address is not None:
            return self.scrubbed(f"it redirects to {address}, where we do not follow")
        words = _words_of(read_head(response, _EXPLANATION_BYTES))
        return self.scrubbed(words)[:_EXPLANATION_CHARS] or str(response.reason)

    def scrubbed(self, text: str) -> str:
        """Return the text without secrets."""
        for secret in self._secrets:
            text = text.replace(secret, "[token]")
        return text


def _words_of(body: bytes) -> str:
    """Return the fields of a JSON error that are for people, or all of the text."""
    found = _object_of(body)
    errors = found.get("errors")
    first = errors[0] if isinstance(errors, list) and errors else None
    message = first.get("message") if isinstance(first, dict) else None
    words = [str(word) for word in (*map(found.get, _FIELDS), message) if word]
    return ": ".join(words) or " ".join(body.decode(errors="replace").split())


def _object_of(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
