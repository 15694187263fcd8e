"""The hosts of Jetstream, in turn."""

from collections.abc import Sequence

from producer.clock import Clock


class Hosts:
    """Returns the next host each time, but skips those that want to be left alone for a while."""

    def __init__(self, urls: Sequence[str], clock: Clock) -> None:
        self._urls = list(urls)
        self._clock = clock
        self._last = len(self._urls) - 1
        self._free_at_s = dict.fromkeys(urls, 0.0)
        self._refusals: dict[str, str] = {}

    def next(self) -> str:
        """Return the next that is free, or, where none is, the one that will be first."""
        turn = self._urls[self._last + 1 :] + self._urls[: self._last + 1]
        url = min(turn, key=self._rest_s)
        self._last = self._urls.index(url)
        return url

    def wait_s(self) -> float:
        """Return how long until some host is free."""
        return min(map(self._rest_s, self._urls))

    def leave_alone(self, url: str, for_s: float) -> None:
        """Skip a host for so long."""
        self._free_at_s[url] = self._clock.elapsed_s() + for_s

    def refuses(self, url: str, explanation: str) -> str | None:
        """Note that a host refuses us for good; return all explanations once all of them do."""
        self._refusals[url] = explanation
        if len(self._refusals) < len(self._free_at_s):
            return None
        return "; ".join(f"{name}: {words}" for name, words in self._refusals.items())

    def clear_refusals(self) -> None:
        """Forget refusals: a host has accepted us, so that the cause is not on our side."""
        self._refusals.clear()

    def _rest_s(self, url: str) -> float:
        return max(0.0, self._free_at_s[url] - self._clock.elapsed_s())
