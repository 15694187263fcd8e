"""The SQL that finds the most edited pages and the busiest editors of any range, for the datasets
in assets/.

It works as rankings.py does, whose buckets are an hour or day of one source: here they are of people
or of bots, and of one wiki where the reader chose wikis. See
docs/decisions/0005-superset-ranks-by-magnitude.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from chart_sql.edits import MADE_BY, now, where
from chart_sql.time_ranges import Span, covering, instant, spans

# Fewer than of hashtags: charts show ten, and a page's key is twice as wide in a temporary table.
PER_BUCKET = 60
PROMISING = 60


def page_ranking(
    from_at: str | None,
    to_at: str | None,
    limit: int,
    wikis: Sequence[str] = (),
    made_by: Sequence[str] = (),
) -> str:
    """Return SQL of (wiki, title, edits), the most edited first.

    from_at, to_at   ISO 8601, UTC
    wikis            ("('a')", "('b')"), each as SQL quotes it; empty for all
    made_by          bots, people: edits by them alone; empty for both
    """
    found = _Ranking("page", ("wiki", "title"), wikis, made_by).sql(
        instant(from_at), instant(to_at), now()
    )
    return f"{found} ORDER BY edits DESC, wiki, title LIMIT {limit}"


def editor_ranking(
    from_at: str | None,
    to_at: str | None,
    limit: int,
    wikis: Sequence[str] = (),
    made_by: Sequence[str] = (),
) -> str:
    """Return SQL of (made_by, wiki, user_name, edits), the busiest first; arguments as of page_ranking."""
    key = ("is_bot", "wiki", "user_name")
    found = _Ranking("editor", key, wikis, made_by).sql(instant(from_at), instant(to_at), now())
    return f"""SELECT {MADE_BY} AS made_by, wiki, user_name, edits FROM ({found}) AS found
        ORDER BY edits DESC, wiki, user_name, made_by LIMIT {limit}"""


@dataclass(frozen=True)
class _Ranking:
    """What is ranked: `of` names the rollups (page_minutes, …), `key` what tells one from
    another."""

    of: str
    key: tuple[str, ...]
    wikis: Sequence[str]
    made_by: Sequence[str]

    def sql(self, begin: datetime | None, end: datetime | None, moment: datetime) -> str:
        """Return SQL of (*key, edits): the promising ones, exactly summed."""
        edits = " + ".join(
            f"COALESCE(({self._edits(part)}), 0)" for part in spans(begin, end, moment)
        )
        promising = self._promising(covering(begin, end, moment))
        return f"""SELECT {", ".join(self.key)}, edits FROM (
            SELECT {_of("promising", self.key)}, {edits} AS edits FROM ({promising}) AS promising
            ) AS ranked WHERE edits > 0"""

    def _edits(self, span: Span) -> str:
        same = " AND ".join(f"used.{column} = promising.{column}" for column in self.key)
        return f"""SELECT SUM(used.edits) FROM ({self._buckets(span)}) AS bucket
            JOIN {self._table(span)} AS used
            ON used.{span.column} = bucket.at AND used.is_bot = bucket.is_bot AND {same}"""

    def _promising(self, span: Span) -> str:
        key = ", ".join(self.key)
        return f"""SELECT {key} FROM ({self._heaviest(span)}) AS heaviest
            GROUP BY {key} ORDER BY SUM(1 << magnitude) DESC, {key} LIMIT {PROMISING}"""

    def _heaviest(self, span: Span) -> str:
        """Return SQL of those of each bucket that have at least the magnitude of the PER_BUCKET-th."""
        buckets, index = self._buckets(span), "by_magnitude"
        bucket: tuple[str, ...] = ("at", "is_bot")
        if self.wikis:
            chosen = " UNION ALL ".join(f"SELECT {quoted} AS wiki" for quoted in self.wikis)
            buckets = (
                f"SELECT at, is_bot, wiki FROM ({buckets}) AS found CROSS JOIN ({chosen}) AS chosen"
            )
            index, bucket = "of_wiki", ("at", "is_bot", "wiki")
        table = self._table(span)

        def within(row: str, bucket_row: str) -> str:
            return " AND ".join(
                f"{row}.{span.column if column == 'at' else column} = {bucket_row}.{column}"
                for column in bucket
            )

        lightest = f"""SELECT counted.magnitude FROM {table} AS counted
            WHERE {within("counted", "bucket")} ORDER BY counted.magnitude DESC LIMIT 1 OFFSET {PER_BUCKET - 1}"""
        # The LIMIT keeps the servers from computing `lightest` again for each row, and the order of
        # the joins from reading whole buckets: left to itself, MariaDB does so where it takes the
        # magnitudes for many.
        return f"""SELECT {_of("used", self.key)}, used.magnitude FROM (
                SELECT {_of("bucket", bucket)}, COALESCE(({lightest}), 0) AS lightest
                FROM ({buckets}) AS bucket LIMIT 1000000) AS cut
            STRAIGHT_JOIN magnitudes AS scale ON scale.magnitude >= cut.lightest
            STRAIGHT_JOIN {table} AS used FORCE INDEX ({index})
            ON {within("used", "cut")} AND used.magnitude = scale.magnitude"""

    def _buckets(self, span: Span) -> str:
        """Return SQL of the (at, is_bot) that have rows; both servers skip through the index for this."""
        return f"""SELECT DISTINCT {span.column} AS at, is_bot FROM {self._table(span)}
            WHERE {span.condition}{where("", self.made_by)}"""

    def _table(self, span: Span) -> str:
        return f"{self.of}_{span.grain}s"


def _of(row: str, columns: Sequence[str]) -> str:
    return ", ".join(f"{row}.{column}" for column in columns)
