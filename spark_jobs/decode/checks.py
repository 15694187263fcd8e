"""What every decoder ends in: a post whose every field fits its column.

A field that does not fit is None, and the oddity is noted; only a post without a usable id is
refused.
"""

from collections.abc import Sequence

from spark_jobs.decode.hashtags import distinct_hashtags
from spark_jobs.decode.post import Post, Rejected
from spark_jobs.decode.reading import NOTHING_ODD, Odd
from spark_jobs.decode.usernames import plain_username
from tidemark.contracts.oddities import Oddity
from tidemark.contracts.reasons import Reason

Id = int | float | str | None
"""A float is an id that was rounded on its way: as good as none."""
Count = int | float | str | None

TEXT_LIMIT = 255
LANG_LIMIT = 35
POST_TEXT_LIMIT = 32_768
"""Of what a post says. X allows 25,000 characters, more than any other network that is read."""
_BIGINT_MAX = 2**63 - 1
_BIGINT_DIGITS = 20
_BAD = -1


def text_of(found: Id) -> str | None:
    """Return an id as text, whether the source sent a number or a string; None for an empty or a
    rounded one."""
    if type(found) is str:
        return found or None
    return str(found) if found and isinstance(found, int) else None


def validate_post(
    post_id: str,
    created_at_ms: int,
    *,
    op: str,
    user_id: str | None = None,
    handle: str | None = None,
    name: str | None = None,
    friends: Count = None,
    followers: Count = None,
    lang: str | None = None,
    is_repost: bool = False,
    hashtags: Sequence[str] = (),
    nb_mentions: int = 0,
    nb_links: int = 0,
    odd: Odd = NOTHING_ODD,
    version_ms: int | None = None,
    first_id: str | None = None,
    text: str | None = None,
) -> Post | Rejected:
    """Return a Post, or Rejected as too_long where its id fits no column; nothing is cut
    or clamped in silence."""
    if len(post_id) > TEXT_LIMIT:
        return Rejected(
            Reason.TOO_LONG, f"post_id has {len(post_id)} characters, the column holds {TEXT_LIMIT}"
        )
    # Nearly every post is far below every limit, and this is asked of each.
    length = len(user_id or "") + len(handle or "") + len(name or "") + len(first_id or "")
    if length > TEXT_LIMIT or len(lang or "") > LANG_LIMIT:
        found = (user_id, handle, name, first_id, lang)
        user_id, handle, name, first_id, lang = (
            *map(_fitting, found[:4]),
            _fitting(lang, LANG_LIMIT),
        )
        if (user_id, handle, name, first_id, lang) != found:
            odd |= {Oddity.TOO_LONG}
    if text is not None and len(text) > POST_TEXT_LIMIT:
        text = text[:POST_TEXT_LIMIT]
        odd |= {Oddity.LONG_TEXT}
    nb_friends, nb_followers = _count_of(friends), _count_of(followers)
    if nb_friends == _BAD or nb_followers == _BAD:
        nb_friends, nb_followers = _known(nb_friends), _known(nb_followers)
        odd |= {Oddity.BAD_COUNT}
    shown_hashtags, odd_hashtags = distinct_hashtags(hashtags)
    original = handle or name
    return Post(
        # By place, as Python makes a dictionary for more than 15 names in a call: 0.7 µs of each
        # post.
        post_id,
        created_at_ms,
        user_id,
        None if original is None else plain_username(original),
        username_original=original,
        display_name=name,
        nb_friends=nb_friends,
        nb_followers=nb_followers,
        lang=lang,
        op=op,
        is_repost=is_repost,
        hashtags=shown_hashtags,
        nb_mentions=nb_mentions,
        nb_links=nb_links,
        version_ms=version_ms,
        first_id=first_id,
        text=text,
        odd=odd | odd_hashtags if odd_hashtags else odd,
    )


def deleted_post(post_id: str, *, version_ms: int | None = None) -> Post | Rejected:
    """Return the delete of a post, of which nothing but the id is known."""
    return validate_post(post_id, 0, op="delete", version_ms=version_ms)


def _known(count: int | None) -> int | None:
    return None if count == _BAD else count


def _fitting(text: str | None, limit: int = TEXT_LIMIT) -> str | None:
    return None if text is None or len(text) > limit else text


def _count_of(found: Count) -> int | None:
    """Return a count as a number, whether it was sent as one or as text; _BAD where it is none."""
    if found is None or (type(found) is int and 0 <= found <= _BIGINT_MAX):
        return found
    if isinstance(found, str):
        digits = found.strip()
        return (
            _count_of(int(digits)) if digits.isdecimal() and len(digits) < _BIGINT_DIGITS else _BAD
        )
    is_whole = 0 <= found <= _BIGINT_MAX and found == int(found)
    return int(found) if is_whole else _BAD
