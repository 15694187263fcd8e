"""A row of the staging table of posts: its columns, and what is packed into one of them.

Column `facts` holds all short fields (fixed_width.py). It ends in the name of the topic and, behind
a blank each, the size and the sha256 of a rejected payload.
"""

from collections.abc import Sequence
from enum import IntEnum
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from spark_jobs.decode.fixed_width import ASCII, FixedWidth, Value, count, instant, number, word
from spark_jobs.decode.kafka_batch import KafkaBatch

ROW: Final = FixedWidth(
    created_at=instant(3),
    received_at=instant(6),
    version_at=instant(3),
    kafka_partition=number(10),
    kafka_offset=number(19),
    position=number(10),
    uses=number(2),
    is_repost=number(1),
    nb_hashtags=number(10),
    nb_mentions=number(10),
    nb_links=number(10),
    nb_friends=count(19),
    nb_followers=count(19),
    op=word(8),
    source=word(16),
    reason=word(32),
)

TEXTS: Final = (
    *("post_id", "user_id", "username", "username_original", "display_name"),
    *("lang", "text", "hashtags", "spellings", "detail", "payload"),
)

SCHEMA: Final = pa.schema([(name, pa.binary()) for name in ("facts", *TEXTS)])
"""What is written to the staging table, texts in UTF-8: of a string Spark would make one of Java's,
the driver bytes again, and the server would convert them to the column's character set.

position   see Position
uses       how many hashtags the row has: their keys in `hashtags`, joined by SEPARATOR
spellings  as the author wrote them, joined likewise; null where they are the keys
op         of a post; else profile, account or ignored
text       what the post says; null in further rows of a post, and where it is not to be kept
detail     of a rejected record what was found; of any other what was odd about it (contracts/oddities.py), joined by
           commas, null where nothing was; of an account its state

Instants are text as MySQL reads it, in UTC."""


class Position(IntEnum):
    """What a row is, by its `position`. One above RECORD is a further row of the same record: it
    says which of the post's hashtags is the row's first."""

    RECORD = 0
    HASHTAG_COUNTS = -2
    """No record, but JSON in `payload`: partial counts of hashtags (partial_counts.py)."""
    POST_COUNTS = -3
    """The same of posts."""


def staged_batch(facts: pa.Array, **texts: Any) -> pa.RecordBatch:
    """Return rows of SCHEMA; columns that are not given are null."""
    columns = {"facts": facts, **texts}
    arrays = [
        pa.array(columns[field.name], field.type)
        if field.name in columns
        else pa.nulls(len(facts), field.type)
        for field in SCHEMA
    ]
    return pa.record_batch(arrays, schema=SCHEMA)


def pack_facts(
    records: KafkaBatch, at: Sequence[int], topic: pa.Array | None = None, **fields: Value
) -> pa.Array:
    """Return `facts` of rows for the records at these places; fields that are not given are unknown.

    topic  the record's by default; see `topic_of_rejected`
    """
    place = pa.array(at, pa.int64())
    of_record = {
        "received_at": _instants(records.received_at_us.take(place)),
        "kafka_partition": records.partitions.take(place),
        "kafka_offset": records.offsets.take(place),
    }
    if topic is None:
        topic = records.topics.take(place)
    return ROW.pack(of_record | fields, topic)


def topic_of_rejected(
    topic: pa.Array, payload_bytes: pa.Array, payload_sha256: pa.Array
) -> pa.Array:
    """Return `topic` for pack_facts of rejected records: with size and sha256 of the payload, where
    there is one."""
    whole = pc.binary_join_element_wise(topic, payload_bytes.cast(pa.string()), payload_sha256, " ")
    return pc.coalesce(whole, topic)


def created_at(records: KafkaBatch, at: Sequence[int], ms: Sequence[int | None]) -> pa.Array:
    """Return instants as text; when the record was received, where there is none."""
    known = pa.array(ms, pa.timestamp("ms"))
    if known.null_count:
        received_us = records.received_at_us.take(pa.array(at, pa.int64()))
        received_at = pc.cast(received_us, pa.timestamp("us"))
        whole_ms = pc.floor_temporal(received_at, unit="millisecond")
        known = pc.coalesce(known, pc.cast(whole_ms, pa.timestamp("ms")))
    return pc.cast(known, pa.string())


def _instants(us: pa.Array) -> pa.Array:
    return pc.cast(pc.cast(us, pa.timestamp("us")), pa.string())


def _sql_columns() -> str:
    """Return SQL that declares `facts`, and the columns that are made of it."""
    slot, rest = ROW.sql_slot("facts", "created_at"), ROW.sql_rest("facts")
    has_payload = f"LOCATE(' ', {rest})"
    words = "SUBSTRING_INDEX(SUBSTRING_INDEX({}, ' ', {}), ' ', -1)".format
    columns = ROW.sql_columns("facts") | {
        "minute_at": (
            "DATETIME",
            f"CAST(CONCAT(LEFT(NULLIF({slot}, ''), 17), '00') AS DATETIME)",
        ),
        "topic": (f"VARCHAR(249) {ASCII}", f"SUBSTRING_INDEX({rest}, ' ', 1)"),
        "payload_bytes": ("BIGINT", f"IF({has_payload}, CAST({words(rest, 2)} AS SIGNED), NULL)"),
        "payload_sha256": (f"CHAR(64) {ASCII}", f"IF({has_payload}, {words(rest, 3)}, NULL)"),
    }
    longest = ROW.width + 249 + len(" 1048576 ") + 64
    generated = [f"{name} {kind} AS ({sql}) VIRTUAL" for name, (kind, sql) in columns.items()]
    return ",\n  ".join([f"facts VARCHAR({longest}) {ASCII} NOT NULL", *generated])


SQL_COLUMNS: Final = _sql_columns()
"""Of the staging table: `facts`, and the columns that are made of it."""
