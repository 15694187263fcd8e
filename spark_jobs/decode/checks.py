"""What every decoder ends in: a post that fits its columns, or the reason why it does not."""

from spark_jobs.decode.hashtags import SEPARATOR, hashtag_key
from spark_jobs.decode.post import Post, Rejected
from spark_jobs.decode.usernames import plain_username
from tidemark.contracts.reasons import Reason

Id = int | str | None
Count = int | float | None

TEXT_LIMIT = 255
LANG_LIMIT = 35
_BIGINT_MAX = 2**63 - 1
_SURELY_SHORT = TEXT_LIMIT // 3
"""Casefolding makes up to three characters of one."""


def text_of(found: Id) -> str | None:
    """An id as text, whether the source sent a number or a string; None for an empty one."""
    return str(found) if found else None


def checked_post(
    *,
    post_id: str,
    created_at_ms: int,
    user_id: str | None,
    handle: str | None,
    name: str | None,
    friends: Count,
    followers: Count,
    lang: str | None,
    op: str,
    is_repost: bool,
    hashtags: list[str],
    nb_mentions: int,
    nb_links: int,
) -> Post | Rejected:
    """A Post, or Rejected as too_long or out_of_range; nothing is cut or clamped in silence."""
    original = handle or name
    tags = "".join(hashtags)
    # Nearly every post is far below every limit, and this is asked of each.
    suspect = (
        len(post_id) + len(user_id or "") + len(original or "") + len(name or "") > TEXT_LIMIT
        or len(tags) > _SURELY_SHORT
        or SEPARATOR in tags
    )
    if refused := (
        (suspect and _misfit(post_id, user_id, original, name, hashtags))
        or _too_long(lang, "lang", LANG_LIMIT)
        or _no_count(friends, "nb_friends")
        or _no_count(followers, "nb_followers")
    ):
        return refused
    return Post(
        post_id=post_id,
        created_at_ms=created_at_ms,
        user_id=user_id,
        username=None if original is None else plain_username(original),
        username_original=original,
        display_name=name,
        nb_friends=None if friends is None else int(friends),
        nb_followers=None if followers is None else int(followers),
        lang=lang,
        op=op,
        is_repost=is_repost,
        hashtags=tuple(hashtags),
        nb_mentions=nb_mentions,
        nb_links=nb_links,
    )


def _misfit(
    post_id: str, user_id: str | None, original: str | None, name: str | None, hashtags: list[str]
) -> Rejected | None:
    return (
        _too_long(post_id, "post_id")
        or _too_long(user_id, "user_id")
        or _too_long(original, "username")
        or _too_long(name, "display_name")
        or next(filter(None, map(_bad_hashtag, hashtags)), None)
    )


def _too_long(text: str | None, column: str, limit: int = TEXT_LIMIT) -> Rejected | None:
    if text is None or len(text) <= limit:
        return None
    return Rejected(Reason.TOO_LONG, f"{column} has {len(text)} characters, the column holds {limit}")


def _bad_hashtag(spelling: str) -> Rejected | None:
    if SEPARATOR in spelling:
        return Rejected(Reason.BAD_FIELD, "a hashtag has the control character U+001F in it")
    # The key's column is as wide, and casefolding can make more characters of one.
    return _too_long(spelling, "hashtag") or _too_long(hashtag_key(spelling), "hashtag")


def _no_count(number: Count, column: str) -> Rejected | None:
    if number is None or (0 <= number <= _BIGINT_MAX and number == int(number)):
        return None
    return Rejected(Reason.OUT_OF_RANGE, f"{column} is {number}"[:TEXT_LIMIT])
