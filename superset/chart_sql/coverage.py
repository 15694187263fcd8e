"""The SQL of coverage: which rows of a chart are of a time that was covered only in part, and how
much of a range was covered.

A second counts where its source was connected, or where it lies in a gap that was healed: everything
of it arrived later. Sources that report no coverage, as those that are made up or were recorded,
cannot have missed anything, and are never flagged.
"""

from datetime import UTC, datetime
from typing import Final

from chart_sql.query import query
from chart_sql.time_ranges import full_minute

ENOUGH: Final = 0.99
"""The share of a bucket from which it counts as covered: of a minute every second, of an hour all but
half a minute. One cut of the line is not a lost day."""

STARTS: Final = {
    "minute": "minute_at",
    "hour": "minute_at - INTERVAL MINUTE(minute_at) MINUTE",
    "day": "TIMESTAMP(DATE(minute_at))",
}
"""Where the bucket of a minute begins."""

# Coverage is reported up to a quarter of a minute late.
_UNTIL_NOW = "LEAST({until}, UTC_TIMESTAMP() - INTERVAL 20 SECOND)"

IS_MADE_UP: Final = "source LIKE 'sample%'"


def flag_partial(rows: str, grain: str, begin: datetime | None, end: datetime) -> str:
    """Return SQL of the rows with a further column `in_part`: whether their source was covered only
    in part of their bucket; NULL where no coverage was reported.

    rows   SQL with (start_at, at, until, source): the bucket's start, and what of the bucket the row is about
    begin  where the first bucket begins, None for no limit; `end` is where the last one ends
    """
    arrived_s = "COALESCE(covered_s + healed_s, covered_s, healed_s)"
    expected_s = _seconds("at", _UNTIL_NOW.format(until="until"))
    return query(
        f"SELECT measured.*, {arrived_s} < {ENOUGH} * {expected_s} AS in_part FROM measured",
        covered=f"""
            SELECT {STARTS[grain]} AS start_at, source, SUM(heard_s) AS covered_s
            FROM source_minutes
            WHERE {_reported(begin, end)}
            GROUP BY start_at, source""",
        gaps=_gaps(begin, end),
        counted=rows,
        measured=f"""
            SELECT counted.*, covered.covered_s, ({_healed_s("counted")}) AS healed_s
            FROM counted
            LEFT JOIN covered ON covered.start_at = counted.start_at AND covered.source = counted.source""",
    )


def source_coverage(from_at: str | None, to_at: str | None) -> str:
    """Return SQL of (source, how, seconds, share) for each source that has posts: `covered`, `covered
    later` (in a gap that was healed) or `missed`.

    A source that reports no coverage has one row, `made up` or `no record`.
    """
    now = datetime.now(UTC).replace(tzinfo=None, microsecond=0)
    begin = full_minute(from_at) if from_at else None
    end = full_minute(to_at) if to_at else now
    starts_at = f"TIMESTAMP('{begin}')" if begin else "COALESCE(covered.first_at, present.first_at)"
    ends_at = _UNTIL_NOW.format(until=f"TIMESTAMP('{end}')")
    return query(
        "SELECT source, how, seconds, seconds * 1e0 / expected_s AS share FROM split WHERE seconds > 0",
        covered=f"""
            SELECT source, SUM(heard_s) AS covered_s, MIN(minute_at) AS first_at
            FROM source_minutes
            WHERE {_reported(begin, end)}
            GROUP BY source""",
        gaps=_gaps(begin, end),
        present=f"""
            SELECT source, MIN(minute_at) AS first_at
            FROM post_minutes
            WHERE {_within(begin, end)}
            GROUP BY source""",
        ranges=f"""
            SELECT present.source, {starts_at} AS at, {ends_at} AS until, covered.covered_s
            FROM present
            LEFT JOIN covered ON covered.source = present.source""",
        healed=f"SELECT ranges.*, ({_healed_s('ranges')}) AS healed_s FROM ranges",
        measured=f"""
            SELECT source, covered_s IS NOT NULL OR healed_s IS NOT NULL AS is_reported,
                COALESCE(covered_s, 0) AS covered_s, COALESCE(healed_s, 0) AS healed_s,
                GREATEST({_seconds("at", "until")}, COALESCE(covered_s, 0) + COALESCE(healed_s, 0), 1) AS expected_s
            FROM healed""",
        kinds="""
            SELECT 'covered' AS how, 1 AS of_reported
            UNION ALL SELECT 'covered later', 1
            UNION ALL SELECT 'missed', 1
            UNION ALL SELECT 'made up', 0
            UNION ALL SELECT 'no record', 0""",
        split=f"""
            SELECT source, how, expected_s,
                CASE how
                    WHEN 'covered' THEN covered_s
                    WHEN 'covered later' THEN healed_s
                    WHEN 'missed' THEN expected_s - covered_s - healed_s
                    ELSE expected_s
                END AS seconds
            FROM measured
            JOIN kinds ON of_reported = is_reported AND (is_reported OR (how = 'made up') = ({IS_MADE_UP}))""",
    )


def _reported(begin: datetime | None, end: datetime) -> str:
    """Return the condition for minutes of coverage that a source reported of a network: the made-up
    posts of `sample` need none, and have some."""
    return f"{_within(begin, end)} AND source <> 'sample'"


def _within(begin: datetime | None, end: datetime) -> str:
    since = f"minute_at >= '{begin}' AND " if begin else ""
    return f"{since}minute_at < '{end}'"


def _gaps(begin: datetime | None, end: datetime) -> str:
    """Return SQL of the gaps that reach into a range.

    They are few, and looked at once for each row: the LIMIT keeps the servers from going to the whole
    table for each.
    """
    since = f" AND (ended_at IS NULL OR ended_at > '{begin}')" if begin else ""
    return f"""
        SELECT source, began_at, COALESCE(ended_at, UTC_TIMESTAMP()) AS ended_at,
            state = 'healed' AS is_healed
        FROM source_gaps
        WHERE began_at < '{end}'{since}
        LIMIT 1000000"""


def _healed_s(row: str) -> str:
    """Return SQL of the seconds of the row in healed gaps; NULL where there is no gap of any kind.

    A second lies where its beginning does, as in source_minutes.
    """
    begins = _seconds_up(f"{row}.at", f"GREATEST(gaps.began_at, {row}.at)")
    ends = _seconds_up(f"{row}.at", f"LEAST(gaps.ended_at, {row}.until)")
    return f"""
        SELECT SUM(IF(gaps.is_healed, {ends} - {begins}, 0))
        FROM gaps
        WHERE gaps.source = {row}.source AND gaps.began_at < {row}.until AND gaps.ended_at > {row}.at"""


def _seconds(begin: str, end: str) -> str:
    return f"TIMESTAMPDIFF(SECOND, {begin}, {end})"


def _seconds_up(begin: str, end: str) -> str:
    return f"CEIL(TIMESTAMPDIFF(MICROSECOND, {begin}, {end}) / 1000000)"
