"""What the tables of the lake hold of a record beside its bytes, by topic.

Every column is null where the record does not tell it. `reject_reason` is null where the record could be read.
"""

from collections.abc import Mapping
from typing import Final, Literal

from tidemark.contracts.engagement import COUNTS

ColumnType = Literal["text", "texts", "number", "flag", "instant"]
"""texts is a list of text, number a 64-bit integer, instant µs in UTC."""

REJECT_COLUMNS: Final[Mapping[str, ColumnType]] = {"reject_reason": "text"}

POST_COLUMNS: Final[Mapping[str, ColumnType]] = {
    "post_id": "text",
    "op": "text",
    "created_at": "instant",
    "user_id": "text",
    "username": "text",
    "display_name": "text",
    "nb_friends": "number",
    "nb_followers": "number",
    "lang": "text",
    "hashtags": "texts",
    "is_repost": "flag",
    "nb_links": "number",
    "nb_mentions": "number",
    **REJECT_COLUMNS,
}

EDIT_COLUMNS: Final[Mapping[str, ColumnType]] = {
    "edit_id": "text",
    "created_at": "instant",
    "wiki": "text",
    "type": "text",
    "title": "text",
    "namespace": "number",
    "user_name": "text",
    "is_bot": "flag",
    "is_minor": "flag",
    "bytes_added": "number",
    "bytes_removed": "number",
    **REJECT_COLUMNS,
}

ENGAGEMENT_COLUMNS: Final[Mapping[str, ColumnType]] = {
    "post_id": "text",
    "observed_at": "instant",
    "query": "text",
    "author_id": "text",
    **dict.fromkeys((*COUNTS, "followers"), "number"),
    **REJECT_COLUMNS,
}
