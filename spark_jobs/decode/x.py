"""X payloads: one pass of msgspec over the bytes, then the shape that is there, v2 or v1.1."""

from typing import Any

import msgspec

from spark_jobs.decode.post import Post, Rejected
from spark_jobs.decode.refusal import UNREADABLE, refused
from spark_jobs.decode.x_v1 import Tweet, decode_v1, looks_like_v1
from spark_jobs.decode.x_v2 import Data, Includes, decode_v2
from tidemark.contracts.reasons import Reason


class Payload(Tweet, gc=False):
    """Everything that either shape may have at the top."""

    data: Data | list[Any] | None = None
    includes: Includes | None = None


_decode = msgspec.json.Decoder(Payload).decode


def decode_x(payload: bytes | memoryview) -> Post | Rejected:
    """The post in a payload, or the reason why there is none. Never raises, whatever the bytes."""
    try:
        found = _decode(payload)
    except UNREADABLE as error:
        return refused(payload, error, Reason.NOT_A_POST)
    if isinstance(found.data, Data):
        return decode_v2(found.data, found.includes)
    return decode_v1(found) if looks_like_v1(found) else Rejected(Reason.NOT_A_POST)
