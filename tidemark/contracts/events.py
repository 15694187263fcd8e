"""One Kafka record, as every producer writes it and every job reads it."""

from typing import Final

import msgspec

SOURCE_HEADER: Final = "source"
EVENT_ID_HEADER: Final = "event_id"
RECEIVED_AT_HEADER: Final = "received_at"
RULES_HEADER: Final = "rules"
REASON_HEADER: Final = "reason"

MAX_PAYLOAD_BYTES: Final = 900_000
"""Kafka's default limit for a record is 1 MiB, headers and batch overhead included."""


class Event(msgspec.Struct, frozen=True, gc=False):
    """A payload exactly as received, and what the producer knows about it.

    key          the author's id, so that all events of an author go to one partition; None if unknown
    source       the network, such as x: it selects the decoder, and is the `source` column of every table
    event_id     deterministic, for example x:{id}; None if the payload has no id
    received_at  µs since 1970, UTC
    rules        tags of the rules that matched, as the endpoint sent them
    reason       only on topic `rejected`: a Reason
    """

    value: bytes
    source: str
    received_at: int
    key: bytes | None = None
    event_id: str | None = None
    rules: tuple[str, ...] = ()
    reason: str | None = None

    def headers(self) -> list[tuple[str, bytes]]:
        """Return the Kafka headers, in a fixed order, without those that are unknown."""
        known = [(SOURCE_HEADER, self.source.encode())]
        if self.event_id is not None:
            known.append((EVENT_ID_HEADER, self.event_id.encode()))
        known.append((RECEIVED_AT_HEADER, str(self.received_at).encode()))
        if self.rules:
            known.append((RULES_HEADER, ",".join(self.rules).encode()))
        if self.reason is not None:
            known.append((REASON_HEADER, self.reason.encode()))
        return known
