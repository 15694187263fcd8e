"""Coverage that a producer reported (tidemark/contracts/coverage.py), read from its payload."""

import re
from collections.abc import Callable
from typing import Final

import msgspec

from spark_jobs.decode.instants import LAST_MS
from spark_jobs.decode.post import Rejected
from spark_jobs.decode.reading import Odd, reader
from tidemark.contracts.coverage import Cause, Covered, Gap, State
from tidemark.contracts.reasons import Reason
from tidemark.contracts.sources import current_name

LONGEST_COVERED_S: Final = 3600
"""Producers report every ten seconds. A longer stretch would be many rows, and none of them true."""

_LAST_US: Final = LAST_MS * 1_000
_EVENTS_MAX: Final = 2**63 - 1
_SOURCE: Final = re.compile(r"[a-z0-9_]{1,16}")


class _Report(msgspec.Struct, gc=False):
    """A Gap, which has began_at, or a Covered, which has from_at."""

    began_at: int | None = None
    why: Cause | None = None
    state: State = State.OPEN
    ended_at: int | None = None
    events: int = 0
    from_at: int | None = None
    to_at: int | None = None


def known_source(header: str | None) -> str | None:
    """Return the source by its present name; None where the header is no name of a source."""
    if header is None or not _SOURCE.fullmatch(header):
        return None
    return current_name(header)


def _read(report: _Report, odd: Odd) -> Gap | Covered | Rejected:
    if odd:
        return Rejected(Reason.BAD_FIELD)
    if report.from_at is not None and report.to_at is not None:
        return _covered(report.from_at, report.to_at)
    if report.began_at is not None and report.why is not None:
        return _gap(report.began_at, report.why, report)
    return Rejected(Reason.NOT_COVERAGE)


def _covered(from_at: int, to_at: int) -> Covered | Rejected:
    if not 0 <= from_at <= to_at <= _LAST_US:
        return Rejected(Reason.OUT_OF_RANGE, f"heard from {from_at} to {to_at} us"[:255])
    if to_at - from_at > LONGEST_COVERED_S * 1_000_000:
        return Rejected(
            Reason.OUT_OF_RANGE,
            f"heard for {(to_at - from_at) // 1_000_000} s, at most {LONGEST_COVERED_S}",
        )
    return Covered(from_at, to_at)


def _gap(began_at: int, why: Cause, report: _Report) -> Gap | Rejected:
    ended_at = report.ended_at
    if not 0 <= began_at <= _LAST_US or (
        ended_at is not None and not began_at <= ended_at <= _LAST_US
    ):
        return Rejected(Reason.OUT_OF_RANGE, f"a gap from {began_at} to {ended_at} us"[:255])
    if not 0 <= report.events <= _EVENTS_MAX:
        return Rejected(Reason.OUT_OF_RANGE, f"events is {report.events}"[:255])
    return Gap(began_at, why, report.state, ended_at, report.events)


decode_coverage: Final[Callable[[bytes | memoryview], Gap | Covered | Rejected]] = reader(
    _Report, _read, Reason.NOT_COVERAGE
)
"""Return the outcome of a payload, or why it is rejected. Never raises, whatever the
bytes."""
