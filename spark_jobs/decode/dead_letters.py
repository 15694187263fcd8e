"""What is kept of a payload that could not be read."""

import hashlib
from typing import Final, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

KEPT_BYTES: Final = 64 << 10
"""The lake has the rest. 391 records of 880 KB, stored whole, made 348 MB of 2 MB of Kafka."""


class Kept(NamedTuple):
    """Columns of equal length: the first KEPT_BYTES of each payload, the size and the sha256 (hex)
    of all of it."""

    payload: pa.Array
    payload_bytes: pa.Array
    payload_sha256: pa.Array


def kept(values: pa.Array) -> Kept:
    """Return what is kept of binary values; null where there is no value."""
    digests = [
        None if value is None else hashlib.sha256(value).hexdigest() for value in values.to_pylist()
    ]
    sizes = pc.cast(pc.binary_length(values), pa.int64())
    return Kept(pc.binary_slice(values, 0, KEPT_BYTES), sizes, pa.array(digests, pa.string()))
