"""Made-up reports of when a made-up network was received and when not, for topic `coverage`."""

from typing import ClassVar, Final

from msgspec.json import encode

from producer.sources.sample.feed import Feed
from producer.sources.sample.outages import Outage, Outages
from tidemark.contracts.coverage import Covered, Gap, State
from tidemark.contracts.events import Event
from tidemark.contracts.topics import COVERAGE, Topic

REPORT_EVERY_S: Final = 10
NOTICED_AFTER_S: Final = 6
_US: Final = 1_000_000


class CoverageFeed:
    """Reports about another feed, under its source's name, as the producer of a live source does."""

    topic: ClassVar[Topic] = COVERAGE

    def __init__(self, feed: Feed, outages: Outages) -> None:
        self.source = feed.source
        self._feed = feed
        self._outages = outages

    def count(self, second: int) -> int:
        """Return the number of reports."""
        return len(self._reports(second))

    def at_ms(self, second: int, _number: int) -> int:
        """Return when the report was made."""
        return second * 1000

    def event(self, second: int, number: int, received_at: int) -> Event:
        """Return a report: seconds that were covered, or a gap as it opens or closes."""
        report = self._reports(second)[number]
        kind, at = (
            ("gap", report.began_at) if isinstance(report, Gap) else ("heard", report.from_at)
        )
        return Event(
            encode(report),
            self.source,
            received_at,
            key=self.source.encode(),
            event_id=f"{self.source}:{kind}:{at}",
        )

    def _reports(self, second: int) -> list[Gap | Covered]:
        outage = self._outages.around(second)
        reports: list[Gap | Covered] = []
        if second == outage.start_s + NOTICED_AFTER_S:
            reports.append(Gap(outage.start_s * _US, outage.cause))
        if second == outage.end_s:
            reports.append(self._closed(outage))
        if second % REPORT_EVERY_S == 0:
            reports += _covered(second - REPORT_EVERY_S, second, outage)
        return reports

    def _closed(self, outage: Outage) -> Gap:
        """Return the gap as it is at its end."""
        missed = range(outage.start_s, outage.end_s)
        return Gap(
            outage.start_s * _US,
            outage.cause,
            State.HEALED if outage.is_healed else State.LOST,
            ended_at=outage.end_s * _US,
            events=sum(map(self._feed.count, missed)) if outage.is_healed else 0,
        )


def _covered(from_s: int, to_s: int, outage: Outage) -> list[Covered]:
    """Return the parts of the stretch that are outside of the outage."""
    parts = (from_s, min(to_s, outage.start_s)), (max(from_s, outage.end_s), to_s)
    return [Covered(begin * _US, end * _US) for begin, end in parts if begin < end]
