"""What the account of the charts may read: whatever it reads, any viewer of a dashboard may see.

See docs/decisions/0011-charts-have-an-account-of-their-own.md. A dataset that reads one more table needs one more
line here; tests/services/test_chart_account.py names what is missing.
"""

from collections.abc import Mapping
from typing import Final

from tidemark import mysql
from tidemark.settings import MysqlSettings

WHOLE: Final = ()
"""All columns, including those that are added later."""

READABLE: Final[Mapping[str, tuple[str, ...]]] = {
    "post_minutes": WHOLE,
    "hashtag_minutes": WHOLE,
    "hashtag_hours": WHOLE,
    "hashtag_days": WHOLE,
    "magnitudes": WHOLE,
    "edit_minutes": WHOLE,
    "edit_hours": WHOLE,
    "edit_days": WHOLE,
    "page_minutes": WHOLE,
    "page_hours": WHOLE,
    "page_days": WHOLE,
    "editor_minutes": WHOLE,
    "editor_hours": WHOLE,
    "editor_days": WHOLE,
    "engagement_windows": WHOLE,
    "engagement_days": WHOLE,
    "engagement": (
        "source",
        "query",
        "post_id",
        "author_id",
        "observed_at",
        "reposts",
        "likes",
        "followers",
    ),
    "source_minutes": WHOLE,
    "source_gaps": WHOLE,
    "oddity_minutes": WHOLE,
    "job_progress": WHOLE,
    "newest_posts": WHOLE,
    "posts": ("source", "post_id", "created_at", "user_id", "text"),
    "users": (
        "source",
        "user_id",
        "username",
        "display_name",
        "nb_friends",
        "nb_followers",
        "posts",
        "first_seen_at",
        "last_seen_at",
    ),
    "rejected": (
        "topic",
        "source",
        "reason",
        "detail",
        "kafka_partition",
        "kafka_offset",
        "received_at",
    ),
}
"""Tables, and the columns of each."""


def grant_charts(settings: MysqlSettings) -> None:
    """Let tidemark_charts read what datasets read; run it after the migrations, which create the tables.

    Earlier grants stay, even those that READABLE no longer has.
    """
    charts = (mysql.user_name("charts"), "%")
    with mysql.connect(settings, "root") as connection, connection.cursor() as cursor:
        for table, columns in READABLE.items():
            only = f" ({', '.join(columns)})" if columns else ""
            # Unlike in a grant on `x`.*, the database's name is no pattern here.
            cursor.execute(
                f"GRANT SELECT{only} ON `{settings.database}`.`{table}` TO %s@%s", charts
            )
