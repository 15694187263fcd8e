"""Rows of tables → rows of the staging table, so that they are merged (again) like any that come
from Kafka."""

from collections.abc import Mapping
from typing import Final

from spark_jobs.decode import fixed_width as facts
from spark_jobs.decode.hashtags import ROW_HASHTAGS, SEPARATOR

TEXTS: Final = (
    *(
        "post_id",
        "user_id",
        "username",
        "username_original",
        "display_name",
        "lang",
        "hashtags",
        "spellings",
    ),
)
"""Columns of the staging table that are not packed into `facts`."""

ROOM: Final = "SET SESSION group_concat_max_len = 1000000"
"""MySQL's own limit is 1,024 bytes: the hashtags of one row may have 64 times 255 characters."""


def restage(columns: Mapping[str, str], rows: str) -> str:
    """Return SQL that inserts a staged row for each of `rows`.

    columns  by the column of the staging table, an SQL expression; of those that are missing nothing is known
    rows     what follows SELECT …, from FROM on
    """
    texts = ", ".join(columns.get(name, "NULL") for name in TEXTS)
    return f"""
    INSERT INTO {{staged}} (facts, {", ".join(TEXTS)})
    SELECT {facts.packed(columns)}, {texts}
    {rows}"""


def _joined(column: str) -> str:
    return f"GROUP_CONCAT(hashtags.{column} ORDER BY hashtags.position SEPARATOR '{SEPARATOR}')"


OF_POST: Final = {
    **{
        name: f"posts.{name}"
        for name in (
            *(
                "source",
                "post_id",
                "user_id",
                "lang",
                "created_at",
                "version_at",
                "received_at",
                "op",
                "is_repost",
            ),
            *("nb_hashtags", "nb_mentions", "nb_links", "kafka_partition", "kafka_offset"),
        )
    },
    "position": f"COALESCE(MIN(hashtags.position DIV {ROW_HASHTAGS}), 0) * {ROW_HASHTAGS}",
    "uses": "COUNT(hashtags.position)",
    "hashtags": _joined("hashtag"),
    "spellings": _joined("spelling"),
}
"""For `restage`: a stored post, of rows that end in WITH_HASHTAGS. Its author's profile is in
`users`."""

WITH_HASHTAGS: Final = f"""
    LEFT JOIN hashtags ON hashtags.source = posts.source AND hashtags.post_id = posts.post_id
    GROUP BY posts.source, posts.post_id, hashtags.position DIV {ROW_HASHTAGS}"""
