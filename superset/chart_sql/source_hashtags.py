"""The SQL that compares the hashtags of several sources, for the datasets in assets/.

It works as rankings.py does: it takes the promising ones of each source by magnitude, then their
exact uses in every source. See docs/decisions/0005-superset-ranks-by-magnitude.md.
"""

from datetime import UTC, datetime
from typing import Final

from chart_sql.query import query
from chart_sql.rankings import buckets, heaviest
from chart_sql.time_ranges import Span, covering, instant, spans

# Fewer than where one ranking is shown: each is summed up in every source.
PER_BUCKET: Final = 50
PROMISING: Final = 30

OFTEN: Final = 2
"""How many times as large a share of a source's uses a hashtag must be as elsewhere to be typical of
it."""


def shared_hashtags(from_at: str | None, to_at: str | None, limit: int, sources: str = "") -> str:
    """Return SQL of (source, hashtag, uses): the `limit` hashtags of which a second source has the
    most uses, in every source.

    Where no two sources have one in common, of those most used. `sources` as of rankings.ranking.
    """
    return query(
        f"SELECT source, hashtag, uses FROM ordered WHERE hashtag_rank <= {limit}",
        used=_uses(from_at, to_at, sources),
        ranked="""
            SELECT used.*, ROW_NUMBER() OVER (PARTITION BY hashtag ORDER BY uses DESC) AS source_rank
            FROM used""",
        # No hashtag is in a second source: then the first one's uses are compared.
        compared="SELECT ranked.*, LEAST(MAX(source_rank) OVER (), 2) AS compared_rank FROM ranked",
        seconds="""
            SELECT compared.*,
                MAX(IF(source_rank = compared_rank, uses, NULL)) OVER (PARTITION BY hashtag) AS second_uses
            FROM compared""",
        ordered="""
            SELECT seconds.*, DENSE_RANK() OVER (ORDER BY second_uses DESC, hashtag) AS hashtag_rank
            FROM seconds
            WHERE second_uses IS NOT NULL""",
    )


def typical_hashtags(from_at: str | None, to_at: str | None, limit: int) -> str:
    """Return SQL of (source, hashtag, uses, times): of each source the `limit` most used of those
    that are typical of it.

    times  how many times as large a share of the source's uses as of all others'; as if it were used
           once elsewhere where it is not used at all
    A source of which nothing is typical has one row that says so.
    """
    within = Span("minute", instant(from_at), instant(to_at)).condition
    share_here = "uses * 1e0 / here"
    uses_elsewhere = "GREATEST(SUM(uses) OVER (PARTITION BY hashtag) - uses, 1)"
    share_elsewhere = f"({uses_elsewhere} * 1e0 / elsewhere)"
    return query(
        f"""SELECT source,
            COALESCE(typical, IF(sources = 1, 'no second source in this time', 'none')) AS hashtag,
            IF(typical IS NULL, NULL, uses) AS uses,
            IF(typical IS NULL, NULL, times) AS times
        FROM ordered
        WHERE place = 1 OR (place <= {limit} AND typical IS NOT NULL)""",
        totals=f"""
            SELECT source, SUM(hashtag_uses) AS here,
                SUM(SUM(hashtag_uses)) OVER () - SUM(hashtag_uses) AS elsewhere,
                COUNT(*) OVER () AS sources
            FROM post_minutes
            WHERE {within}
            GROUP BY source""",
        used=_uses(from_at, to_at, ""),
        compared=f"""
            SELECT totals.source, sources, hashtag, uses, {share_here} / {share_elsewhere} AS times
            FROM totals
            LEFT JOIN used ON used.source = totals.source""",
        ordered=f"""
            SELECT source, sources, IF(times >= {OFTEN}, hashtag, NULL) AS typical, uses, times,
                ROW_NUMBER() OVER (
                    PARTITION BY source ORDER BY times >= {OFTEN} DESC, uses DESC, hashtag
                ) AS place
            FROM compared""",
    )


def _uses(from_at: str | None, to_at: str | None, sources: str) -> str:
    """Return SQL of (source, hashtag, uses): what is promising in any of the sources, in all that
    use it."""
    begin, end = instant(from_at), instant(to_at)
    now = datetime.now(UTC).replace(tzinfo=None)
    span = covering(begin, end, now)
    parts = spans(begin, end, now)
    uses = " + ".join(f"COALESCE(({_sum(part, sources)}), 0)" for part in parts)
    return f"""
        SELECT source, hashtag, uses
        FROM (
            SELECT present.source, promising.hashtag, {uses} AS uses
            FROM (SELECT DISTINCT source FROM ({buckets(span, sources)}) AS bucket) AS present
            CROSS JOIN (SELECT DISTINCT hashtag FROM ({_promising(span, sources)}) AS placed) AS promising
        ) AS summed
        WHERE uses > 0"""


def _promising(span: Span, sources: str) -> str:
    return f"""
        SELECT hashtag
        FROM (
            SELECT hashtag,
                ROW_NUMBER() OVER (PARTITION BY source ORDER BY SUM(1 << magnitude) DESC, hashtag) AS place
            FROM ({heaviest(span, sources, PER_BUCKET)}) AS heaviest
            GROUP BY source, hashtag
        ) AS ranked
        WHERE place <= {PROMISING}"""


def _sum(span: Span, sources: str) -> str:
    return f"""
        SELECT SUM(used.uses)
        FROM ({buckets(span, sources)}) AS bucket
        JOIN {span.table} AS used
            ON used.{span.column} = bucket.at AND used.source = bucket.source
            AND used.hashtag = promising.hashtag
        WHERE bucket.source = present.source"""
