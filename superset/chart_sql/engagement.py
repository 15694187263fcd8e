"""The SQL of engagement over any range, for the datasets in assets/.

Sums of a source and query overlap where two queries find the same post: docs/decisions/0015.
"""

from datetime import timedelta
from typing import Final

from chart_sql.edits import now
from chart_sql.time_ranges import instant

COUNTS: Final = ("reposts", "likes", "replies", "quotes", "bookmarks", "impressions")
_SUMS: Final = ("observations", "posts", *COUNTS, "followers", *(f"more_{name}" for name in COUNTS))

# Up to here a line has a point each 10 seconds, each minute, each hour; beyond, each day.
WINDOWS_UNTIL: Final = timedelta(hours=2)
MINUTES_UNTIL: Final = timedelta(hours=12)
HOURS_UNTIL: Final = timedelta(days=14)


def engagement_days(
    from_at: str | None, to_at: str | None, sources: str = "", queries: str = ""
) -> str:
    """Return SQL of (day_at, source, query, and the sums), of every day that the range touches.

    from_at, to_at    ISO 8601, UTC
    sources, queries  ('a', 'b') as SQL quotes it; empty for all
    """
    begin, end = instant(from_at), instant(to_at)
    since = f" AND day_at >= '{begin:%Y-%m-%d}'" if begin else ""
    until = f" AND day_at < '{end:%Y-%m-%d %H:%M:%S}'" if end else ""
    return f"""
        SELECT day_at, source, query, {", ".join(_SUMS)}
        FROM engagement_days
        WHERE TRUE{since}{until}{_where(sources, queries)}"""


def engagement_windows(
    from_at: str | None, to_at: str | None, sources: str = "", queries: str = ""
) -> str:
    """Return SQL of (at, source, query, observations, posts, more_…), arguments as of engagement_days.

    By 10 seconds; from two hours on by the minute, from twelve by the hour, from two weeks on by the day.
    `posts` counts a post in each window in which it was observed.
    """
    begin, end = instant(from_at), instant(to_at)
    since = f" AND window_at >= '{begin:%Y-%m-%d %H:%M:%S}'" if begin else ""
    until = f" AND window_at < '{end:%Y-%m-%d %H:%M:%S}'" if end else ""
    length = (end or now()) - begin if begin else None
    sums = ("observations", "posts", *(f"more_{name}" for name in COUNTS))
    start = "window_at"
    if length is None or length > HOURS_UNTIL:
        start = "TIMESTAMP(DATE(window_at))"
    elif length > MINUTES_UNTIL:
        start = "CAST(CONCAT(LEFT(window_at, 13), ':00:00') AS DATETIME)"
    elif length > WINDOWS_UNTIL:
        start = "CAST(CONCAT(LEFT(window_at, 16), ':00') AS DATETIME)"
    return f"""
        SELECT {start} AS at, source, query, {", ".join(f"SUM({name}) AS {name}" for name in sums)}
        FROM engagement_windows
        WHERE TRUE{since}{until}{_where(sources, queries)}
        GROUP BY {start}, source, query"""


def growing_posts(
    from_at: str | None,
    to_at: str | None,
    limit: int,
    sources: str = "",
    queries: str = "",
) -> str:
    """Return SQL of (source, query, post_id, author_id, more_likes, more_reposts, likes, followers, seconds, text).

    What likes and reposts grew by between the first and the last observation of a post in the range; the most first.
    """
    begin, end = instant(from_at), instant(to_at)
    since = f" AND observed_at >= '{begin:%Y-%m-%d %H:%M:%S}'" if begin else ""
    until = f" AND observed_at < '{end:%Y-%m-%d %H:%M:%S}'" if end else ""
    grown = f"""
            SELECT source, query, post_id, MAX(author_id) AS author_id,
                MAX(last_likes) - MAX(first_likes) AS more_likes,
                MAX(last_reposts) - MAX(first_reposts) AS more_reposts,
                MAX(last_likes) AS likes, MAX(followers) AS followers,
                TIMESTAMPDIFF(SECOND, MIN(observed_at), MAX(observed_at)) AS seconds
            FROM (
                SELECT source, query, post_id, author_id, observed_at, followers,
                    FIRST_VALUE(COALESCE(likes, 0)) OVER earliest AS first_likes,
                    FIRST_VALUE(COALESCE(reposts, 0)) OVER earliest AS first_reposts,
                    FIRST_VALUE(COALESCE(likes, 0)) OVER latest AS last_likes,
                    FIRST_VALUE(COALESCE(reposts, 0)) OVER latest AS last_reposts
                FROM engagement
                WHERE TRUE{since}{until}{_where(sources, queries)}
                WINDOW earliest AS (PARTITION BY source, query, post_id ORDER BY observed_at),
                    latest AS (PARTITION BY source, query, post_id ORDER BY observed_at DESC)
            ) AS observed
            GROUP BY source, query, post_id"""
    fastest = f"""
        SELECT source, query, post_id, author_id, more_likes, more_reposts, likes, followers, seconds
        FROM ({grown}) AS grown
        WHERE more_likes + more_reposts > 0
        ORDER BY more_likes + more_reposts DESC, source, query, post_id LIMIT {limit}"""
    return f"""
        SELECT fastest.*, COALESCE(LEFT(posts.text, 200), fastest.post_id) AS text
        FROM ({fastest}) AS fastest
        LEFT JOIN posts ON posts.source = fastest.source AND posts.post_id = fastest.post_id"""


def _where(sources: str, queries: str) -> str:
    of_sources = f" AND source IN {sources}" if sources else ""
    of_queries = f" AND query IN {queries}" if queries else ""
    return of_sources + of_queries
