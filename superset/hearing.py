"""The SQL that tells which rows of a chart are of a time that was heard in part, and how much of a
range was heard.

A second counts where it was heard, or lies in a gap that was healed: all of it came later. What no
producer told of, as posts that are made up or were recorded, is nothing that we could have missed:
nothing is said of it.
"""

from datetime import UTC, datetime

from spans import full_minute

ENOUGH = 0.99
"""Of a minute every second, of an hour all but half a minute: less is a part. One cut of the line
is not a lost day."""

# What was heard is told up to a quarter of a minute later.
_UNTIL_NOW = "LEAST({until}, UTC_TIMESTAMP() - INTERVAL 20 SECOND)"

STARTS = {
    "minute": "minute_at",
    "hour": "minute_at - INTERVAL MINUTE(minute_at) MINUTE",
    "day": "TIMESTAMP(DATE(minute_at))",
}
"""Where the bucket of a minute begins."""


def marked(rows: str, grain: str, begin: datetime | None, end: datetime) -> str:
    """SQL of the rows with a further column: in_part, whether their source was heard in a part of
    their bucket.

    rows   SQL with (start_at, at, until, source): the bucket's start, and what of the bucket the row is about
    begin  where the first of these begins, and `end` where the last one ends
    """
    return f"""WITH heard AS (
            SELECT {STARTS[grain]} AS start_at, source, SUM(heard_s) AS heard_s
            FROM source_minutes WHERE {_told_of(begin, end)}
            GROUP BY start_at, source_minutes.source
        ), gaps AS ({_gaps(begin, end)})
        SELECT told.*, COALESCE(heard_s + healed_s, heard_s, healed_s)
            < {ENOUGH} * {_seconds("at", _UNTIL_NOW.format(until="until"))} AS in_part
        FROM (
            SELECT counted.*, heard.heard_s, ({_healed("counted")}) AS healed_s
            FROM ({rows}) AS counted
            LEFT JOIN heard ON heard.start_at = counted.start_at AND heard.source = counted.source
        ) AS told"""


def source_hearing(from_at: str | None, to_at: str | None) -> str:
    """SQL of (source, how, seconds, share) for each source that has posts: heard, heard later or
    missed.

    Where no producer told of a source it is all `made up` or `no record`.
    """
    now = datetime.now(UTC).replace(tzinfo=None, microsecond=0)
    begin, end = full_minute(from_at) if from_at else None, full_minute(to_at) if to_at else now
    since = f"TIMESTAMP('{begin}')" if begin else "COALESCE(heard.first_at, present.first_at)"
    seconds = """CASE how WHEN 'heard' THEN heard_s WHEN 'heard later' THEN healed_s
        WHEN 'missed' THEN expected_s - heard_s - healed_s ELSE expected_s END"""
    return f"""WITH heard AS (
            SELECT source, SUM(heard_s) AS heard_s, MIN(minute_at) AS first_at
            FROM source_minutes WHERE {_told_of(begin, end)} GROUP BY source_minutes.source
        ), gaps AS ({_gaps(begin, end)}), present AS (
            SELECT source, MIN(minute_at) AS first_at FROM post_minutes
            WHERE {_within(begin, end)} GROUP BY source
        ), ranges AS (
            SELECT present.source, {since} AS at, {_UNTIL_NOW.format(until=f"TIMESTAMP('{end}')")} AS until,
                heard.heard_s
            FROM present LEFT JOIN heard ON heard.source = present.source
        ), told AS (
            SELECT source, heard_s IS NOT NULL OR healed_s IS NOT NULL AS is_told, COALESCE(heard_s, 0) AS heard_s,
                COALESCE(healed_s, 0) AS healed_s,
                GREATEST({_seconds("at", "until")}, COALESCE(heard_s, 0) + COALESCE(healed_s, 0), 1) AS expected_s
            FROM (SELECT ranges.*, ({_healed("ranges")}) AS healed_s FROM ranges) AS found
        )
        SELECT source, how, seconds, seconds * 1e0 / expected_s AS share FROM (
            SELECT source, how, expected_s, {seconds} AS seconds FROM told
            JOIN (SELECT 'heard' AS how, 1 AS of_told UNION ALL SELECT 'heard later', 1 UNION ALL SELECT 'missed', 1
                UNION ALL SELECT 'made up', 0 UNION ALL SELECT 'no record', 0) AS hows
            ON hows.of_told = told.is_told AND (is_told OR (how = 'made up') = (source = 'sample'))
        ) AS parts WHERE seconds > 0"""


def _told_of(begin: datetime | None, end: datetime) -> str:
    return f"{_within(begin, end)} AND source <> 'sample'"


def _within(begin: datetime | None, end: datetime) -> str:
    return (f"minute_at >= '{begin}' AND " if begin else "") + f"minute_at < '{end}'"


def _gaps(begin: datetime | None, end: datetime) -> str:
    """Few, and looked at once for each row: the LIMIT keeps the servers from going to the whole
    table for each."""
    since = f" AND (ended_at IS NULL OR ended_at > '{begin}')" if begin else ""
    return f"""SELECT source, began_at, COALESCE(ended_at, UTC_TIMESTAMP()) AS ended_at,
        state = 'healed' AS is_healed FROM source_gaps WHERE began_at < '{end}'{since} LIMIT 1000000"""


def _healed(row: str) -> str:
    """SQL of the seconds of the row in healed gaps; null where there is no gap of any kind.

    A second lies where its beginning does, as in source_minutes.
    """
    begins = _seconds_up(f"{row}.at", f"GREATEST(gaps.began_at, {row}.at)")
    ends = _seconds_up(f"{row}.at", f"LEAST(gaps.ended_at, {row}.until)")
    return f"""SELECT SUM(IF(gaps.is_healed, {ends} - {begins}, 0)) FROM gaps
        WHERE gaps.source = {row}.source AND gaps.began_at < {row}.until AND gaps.ended_at > {row}.at"""


def _seconds(begin: str, end: str) -> str:
    return f"TIMESTAMPDIFF(SECOND, {begin}, {end})"


def _seconds_up(begin: str, end: str) -> str:
    return f"CEIL(TIMESTAMPDIFF(MICROSECOND, {begin}, {end}) / 1000000)"
