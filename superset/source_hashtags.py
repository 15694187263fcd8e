"""The SQL that sets the hashtags of several sources side by side, for the datasets in assets/.

The way of rankings.py: the promising ones of each source by magnitude, then their exact uses in
every source. See docs/decisions/0005-superset-ranks-by-magnitude.md.
"""

from datetime import UTC, datetime

from rankings import buckets, heavy
from spans import Span, covering, instant, spans

# Fewer than where one ranking is shown: each is summed up in every source.
PER_BUCKET = 50
PROMISING = 30

OFTEN = 2
"""How many times as large a part of a source's uses a hashtag must be as elsewhere to be typical of
it."""


def shared_hashtags(from_at: str | None, to_at: str | None, limit: int, sources: str = "") -> str:
    """SQL of (source, hashtag, uses) of the `limit` hashtags of which a second source has the most
    uses.

    Where no two sources have one in common, of those most used. `sources` as of rankings.ranking.
    """
    return f"""SELECT source, hashtag, uses FROM (
            SELECT of_second.*, DENSE_RANK() OVER (ORDER BY second_uses DESC, hashtag) AS place_of_hashtag FROM (
                SELECT placed.*, MAX(IF(place = LEAST(most, 2), uses, NULL)) OVER (PARTITION BY hashtag) AS second_uses
                FROM (
                    SELECT ranked.*, MAX(place) OVER () AS most FROM (
                        SELECT used.*, ROW_NUMBER() OVER (PARTITION BY hashtag ORDER BY uses DESC) AS place
                        FROM ({_uses(from_at, to_at, sources)}) AS used
                    ) AS ranked
                ) AS placed
            ) AS of_second WHERE second_uses IS NOT NULL
        ) AS shared WHERE place_of_hashtag <= {limit}"""


def typical_hashtags(from_at: str | None, to_at: str | None, limit: int) -> str:
    """SQL of (source, hashtag, uses, times): of each source the `limit` most used of those that are
    typical of it.

    times  how many times as large a part of the source's uses as of all others'; as if it were used once elsewhere
           where it is not used at all
    A source of which nothing is typical has one row that says so.
    """
    within = Span("minute", *_range(from_at, to_at)).condition
    return f"""WITH totals AS (
            SELECT source, SUM(hashtag_uses) AS here, SUM(SUM(hashtag_uses)) OVER () - SUM(hashtag_uses) AS elsewhere,
                COUNT(*) OVER () AS sources
            FROM post_minutes WHERE {within} GROUP BY source
        ), compared AS (
            SELECT totals.source, sources, hashtag, uses, uses * 1e0 / here
                / (GREATEST(SUM(uses) OVER (PARTITION BY hashtag) - uses, 1) * 1e0 / elsewhere) AS times
            FROM totals LEFT JOIN ({_uses(from_at, to_at, "")}) AS used ON used.source = totals.source
        ), placed AS (
            SELECT source, sources, IF(times >= {OFTEN}, hashtag, NULL) AS typical, uses, times,
                ROW_NUMBER() OVER (PARTITION BY source ORDER BY times >= {OFTEN} DESC, uses DESC, hashtag) AS place
            FROM compared
        )
        SELECT source, COALESCE(typical, IF(sources = 1, 'no second source in this time', 'none')) AS hashtag,
            IF(typical IS NULL, NULL, uses) AS uses, IF(typical IS NULL, NULL, times) AS times
        FROM placed WHERE place = 1 OR (place <= {limit} AND typical IS NOT NULL)"""


def _uses(from_at: str | None, to_at: str | None, sources: str) -> str:
    """SQL of (source, hashtag, uses): what is promising in any of the sources, in all that use
    it."""
    begin, end = _range(from_at, to_at)
    now = datetime.now(UTC).replace(tzinfo=None)
    span = covering(begin, end, now)
    uses = " + ".join(f"COALESCE(({_sum(part, sources)}), 0)" for part in spans(begin, end, now))
    return f"""SELECT source, hashtag, uses FROM (
            SELECT present.source, promising.hashtag, {uses} AS uses
            FROM (SELECT DISTINCT source FROM ({buckets(span, sources)}) AS bucket) AS present
            CROSS JOIN (SELECT DISTINCT hashtag FROM ({_promising(span, sources)}) AS promising) AS promising
        ) AS summed WHERE uses > 0"""


def _promising(span: Span, sources: str) -> str:
    return f"""SELECT hashtag FROM (
            SELECT hashtag,
                ROW_NUMBER() OVER (PARTITION BY source ORDER BY SUM(1 << magnitude) DESC, hashtag) AS place
            FROM ({heavy(span, sources, PER_BUCKET)}) AS heavy GROUP BY source, hashtag
        ) AS placed WHERE place <= {PROMISING}"""


def _sum(span: Span, sources: str) -> str:
    return f"""SELECT SUM(used.uses) FROM ({buckets(span, sources)}) AS bucket
        JOIN {span.table} AS used
        ON used.{span.column} = bucket.at AND used.source = bucket.source AND used.hashtag = promising.hashtag
        WHERE bucket.source = present.source"""


def _range(from_at: str | None, to_at: str | None) -> tuple[datetime | None, datetime | None]:
    return instant(from_at), instant(to_at)
