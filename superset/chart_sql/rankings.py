"""The SQL that ranks the hashtags of any range in a few hundredths of a second, for the datasets in assets/.

To group a week's rows by hashtag takes a database seconds, nearly all of them for hashtags used
once. So: from each bucket that the range touches (an hour or day of one source) take the hashtags
of the highest magnitudes, by index; keep the most promising; and sum up these exactly over the very
minutes, by primary key. See docs/decisions/0005-superset-ranks-by-magnitude.md.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta

from chart_sql.time_ranges import Span, covering, instant, series_span, spans

PER_BUCKET = 250
PROMISING = 150


def ranking(
    from_at: str | None,
    to_at: str | None,
    limit: int,
    sources: str = "",
    hashtags: Sequence[str] = (),
) -> str:
    """Return SQL of (hashtag, uses), the most used first.

    from_at, to_at      ISO 8601, UTC
    sources             ('a', 'b') as SQL quotes it; empty for all
    hashtags            ("('a')", "('b')"), each as SQL quotes it; empty for the most used
    """
    begin, end, now = instant(from_at), instant(to_at), _now()
    parts = spans(begin, end, now)
    promising = _named(hashtags) if hashtags else _promising(covering(begin, end, now), sources)
    uses = " + ".join(f"COALESCE(({_uses(part, sources)}), 0)" for part in parts)
    return f"""SELECT hashtag, uses FROM (
        SELECT promising.hashtag, {uses} AS uses FROM ({promising}) AS promising
        ) AS ranked WHERE uses > 0 ORDER BY uses DESC, hashtag LIMIT {limit}"""


def trend(
    from_at: str | None,
    to_at: str | None,
    limit: int,
    sources: str = "",
    hashtags: Sequence[str] = (),
) -> str:
    """Return SQL of (at, hashtag, uses): the most used hashtags over time, with a zero where one was
    not used."""
    span = series_span(instant(from_at), instant(to_at), _now())
    return f"""SELECT bucket.at, top.hashtag, COALESCE(used.uses, 0) AS uses
        FROM ({ranking(from_at, to_at, limit, sources, hashtags)}) AS top
        CROSS JOIN ({buckets(span, sources)}) AS bucket
        LEFT JOIN {span.table} AS used
        ON used.{span.column} = bucket.at AND used.source = bucket.source AND used.hashtag = top.hashtag"""


def names(limit: int) -> str:
    """Return SQL of (hashtag, weight): much used since yesterday, the weightiest first."""
    yesterday = _now().date() - timedelta(days=1)
    days = Span("day", datetime.combine(yesterday, time.min), None)
    return f"""SELECT hashtag, SUM(1 << magnitude) AS weight FROM ({heaviest(days, "", per_bucket=limit)}) AS heaviest
        GROUP BY hashtag ORDER BY weight DESC, hashtag LIMIT {limit}"""


def buckets(span: Span, sources: str) -> str:
    """Return SQL of the (at, source) that have rows; both servers skip through the index for this."""
    of = f" AND source IN {sources}" if sources else ""
    return (
        f"SELECT DISTINCT {span.column} AS at, source FROM {span.table} WHERE {span.condition}{of}"
    )


def _promising(span: Span, sources: str) -> str:
    return f"""SELECT hashtag FROM ({heaviest(span, sources, PER_BUCKET)}) AS heaviest
        GROUP BY hashtag ORDER BY SUM(1 << magnitude) DESC, hashtag LIMIT {PROMISING}"""


def heaviest(span: Span, sources: str, per_bucket: int) -> str:
    """Return SQL of (source, hashtag, magnitude): of each bucket those of at least the magnitude of
    its `per_bucket`-th."""
    lightest = f"""SELECT counted.magnitude FROM {span.table} AS counted
        WHERE counted.{span.column} = bucket.at AND counted.source = bucket.source
        ORDER BY counted.magnitude DESC LIMIT 1 OFFSET {per_bucket - 1}"""
    # The LIMIT keeps the servers from computing `lightest` again for each row.
    return f"""SELECT used.source, used.hashtag, used.magnitude FROM (
            SELECT bucket.at, bucket.source, COALESCE(({lightest}), 0) AS lightest
            FROM ({buckets(span, sources)}) AS bucket LIMIT 1000000) AS cut
        JOIN magnitudes AS scale ON scale.magnitude >= cut.lightest
        JOIN {span.table} AS used FORCE INDEX (by_magnitude)
        ON used.{span.column} = cut.at AND used.source = cut.source AND used.magnitude = scale.magnitude"""


def _named(hashtags: Sequence[str]) -> str:
    return " UNION ALL ".join(f"SELECT {quoted} AS hashtag" for quoted in hashtags)


def _uses(span: Span, sources: str) -> str:
    return f"""SELECT SUM(used.uses) FROM ({buckets(span, sources)}) AS bucket
        JOIN {span.table} AS used
        ON used.{span.column} = bucket.at AND used.source = bucket.source AND used.hashtag = promising.hashtag"""


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)
