"""Why a typed decoder of msgspec could not read a payload."""

from typing import Final

import msgspec

from spark_jobs.decode.post import Rejected
from tidemark.contracts.reasons import Reason

UNREADABLE: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""All that such a decoder raises, whatever the bytes."""


def refused(payload: bytes | memoryview, error: Exception, otherwise: Reason, where: str = "") -> Rejected:
    """not_json, or bad_field, or `otherwise` where the document as a whole is something else.

    where  the field that the payload was found in, if it is not all of the record
    """
    # A typed decoder stops at the first wrong type, before it sees whether the rest is JSON at all.
    try:
        msgspec.json.decode(payload)
    except UNREADABLE as worse:
        return Rejected(Reason.NOT_JSON, str(worse)[:255])
    inside = where or " - at `$." in str(error)
    return Rejected(Reason.BAD_FIELD if inside else otherwise, f"{where}{error}"[:255])
