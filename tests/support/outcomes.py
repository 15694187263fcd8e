"""What must hold of the outcome of a decoder, whatever was done to its payload."""

from typing import Any

import msgspec
from hostile import is_strict_json

from spark_jobs.decode.post import Post, Rejected
from tidemark.contracts.hashtags import hashtag_key
from tidemark.contracts.oddities import Oddity
from tidemark.contracts.reasons import Reason

TEXT_LIMITS = {
    "lang": 35,
    "op": 8,
    "state": 8,
    "edit_id": 64,
    "wiki": 64,
    "type": 16,
    "title": 400,
    "kind": 32,
    "text": 32_768,
}
"""Characters of columns that do not hold 255."""

NUMBERS = {
    "namespace": (-(2**31), 2**31 - 1),
    "size_old": (0, 2**31 - 1),
    "size_new": (0, 2**31 - 1),
    **dict.fromkeys(("nb_friends", "nb_followers", "nb_mentions", "nb_links"), (0, 2**63 - 1)),
    **dict.fromkeys(
        ("created_at_ms", "version_ms", "seen_at_ms", "changed_at_ms"), (0, 253_402_300_799_999)
    ),
}
"""The least and the greatest that a column holds."""


def check_outcome(outcome: Any, payload: bytes) -> None:
    """Raise AssertionError unless every part of the outcome fits its column, and its reason is true
    of the payload."""
    fields = msgspec.structs.asdict(outcome)
    for name, value in fields.items():
        if isinstance(value, str):
            assert len(value) <= TEXT_LIMITS.get(name, 255), (name, payload)
            value.encode()
        if value is not None and name in NUMBERS:
            least, greatest = NUMBERS[name]
            assert least <= value <= greatest, (name, payload)
    assert fields.get("odd", frozenset()) <= set(Oddity)
    if isinstance(outcome, Rejected):
        assert outcome.reason in Reason
        assert (outcome.reason is Reason.NOT_JSON) <= (not is_strict_json(payload)), payload
    if isinstance(outcome, Post):
        _check_post(outcome)


def _check_post(post: Post) -> None:
    assert post.post_id
    assert len(post.key) <= 255
    assert post.op in ("create", "update", "delete")
    keys = [hashtag_key(spelling) for spelling in post.hashtags]
    assert len(set(keys)) == len(keys) <= 100
    for text in (*keys, *post.hashtags):
        assert 0 < len(text) <= 255
        assert "\x1f" not in text
        assert text == text.strip()
        assert not text.startswith(("#", "＃"))
        text.encode()
