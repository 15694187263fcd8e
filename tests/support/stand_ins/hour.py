"""A scripted hour of a source: events at their times, whoever listens, and outages in which nobody
can."""

import threading
import time
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from producer.clock import Clock

_QUIET_S = 30

Made = tuple[int, bytes]
"""µs since 1970, and an event."""


@dataclass(frozen=True)
class Outage:
    """In s of the hour. Connections are cut, and refused until it is over; silent, they stand and
    bring nothing.

    forgotten_until_s  from then on, what was made in the outage before this is not given any more
    """

    from_s: int
    to_s: int
    is_silent: bool = False
    forgotten_until_s: int = 0


class Hour:
    """An event each step_s, from when anybody first connects until length_s later, or end(). Around
    the beginning of an outage nothing is made for half a minute either way, so that it is clear
    what was before it."""

    def __init__(
        self,
        clock: Clock,
        make: Callable[[int, int], bytes],
        outages: Sequence[Outage] = (),
        *,
        length_s: int = 3600,
        step_s: float = 1,
    ) -> None:
        """make: an event's number and µs since 1970 → the event."""
        self.length_s = length_s
        self._step_s = step_s
        self._clock = clock
        self._make = make
        self._outages = outages
        self._began_us: int | None = None
        self._times_us: list[int] = []
        self._built: list[Made] = []
        self._building = threading.Lock()
        self.joined: list[int] = []
        """For each connection that was not refused, how many events were made before it."""

    def begin(self) -> None:
        if self._began_us is None:
            self._began_us = self._clock.now_us()
            times_s = [
                number * self._step_s for number in range(1, int(self.length_s / self._step_s))
            ]
            self._times_us = [
                self._began_us + int(at_s * 1_000_000)
                for at_s in times_s
                if not self._is_quiet(at_s)
            ]

    def end(self, multiple: int = 1) -> None:
        """After some more events, so that there are a multiple of this."""
        del self._times_us[-(-self.made() // multiple) * multiple :]
        self.length_s = 0

    @property
    def now_s(self) -> float:
        return 0 if self._began_us is None else (self._clock.now_us() - self._began_us) / 1_000_000

    def is_over(self) -> bool:
        return self.now_s > self.length_s

    def made(self) -> int:
        """How many events there are so far."""
        return bisect_right(self._times_us, self._clock.now_us())

    @property
    def events(self) -> list[Made]:
        """All of the hour, in order."""
        return self.first(len(self._times_us))

    def first(self, count: int) -> list[Made]:
        """So many of them."""
        with self._building:
            for number in range(len(self._built), count):
                self._built.append(
                    (self._times_us[number], self._make(number, self._times_us[number]))
                )
            return self._built[:count]

    def number_at(self, at_s: int) -> int:
        """How many are made before this second of the hour."""
        return bisect_left(self._times_us, (self._began_us or 0) + at_s * 1_000_000)

    def outage(self) -> Outage | None:
        """The one that there is now."""
        return next(
            (outage for outage in self._outages if outage.from_s <= self.now_s < outage.to_s), None
        )

    def is_cut(self) -> bool:
        return (outage := self.outage()) is not None and not outage.is_silent

    def is_silent(self) -> bool:
        return (outage := self.outage()) is not None and outage.is_silent

    def forgotten(self) -> range:
        """Numbers of the events that are not given any more."""
        over = [
            outage
            for outage in self._outages
            if outage.forgotten_until_s and outage.from_s <= self.now_s
        ]
        return (
            range(self.number_at(over[-1].from_s), self.number_at(over[-1].forgotten_until_s))
            if over
            else range(0)
        )

    def join(self) -> tuple[list[Made], Iterator[Made]] | None:
        """For a connection that is made now: what was made before and is still to be had, and what
        comes, as it is made, until the next outage or the end. None where it is refused."""
        # In this order: on a slow machine some is made while the hour begins, and to the first all
        # is to come.
        made = self.made()
        self.begin()
        if self.is_cut():
            return None
        self.joined.append(made)
        return [] if self.is_silent() else self.first(made)[self.forgotten().stop :], self._follow(
            made
        )

    def _follow(self, at: int) -> Iterator[Made]:
        while self.outage() is None and not (self.is_over() and at == len(self._times_us)):
            made = self.made()
            yield from self.first(made)[at:]
            at = made
            time.sleep(0.005)

    def _is_quiet(self, at_s: float) -> bool:
        return any(abs(at_s - outage.from_s) < _QUIET_S for outage in self._outages)
