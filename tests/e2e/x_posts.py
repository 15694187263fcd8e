"""What a payload of X says, read with plain json, dicts and loops: nothing of ours."""

import unicodedata
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

Json = dict[str, Any]

EPOCH = datetime(1970, 1, 1)
PROFILE = ("handle", "name", "friends", "followers")
_NOTHING_TOLD: Json = {
    **dict.fromkeys(("version_at", "at", "user_id", "lang", *PROFILE)),
    "is_repost": False,
    "tags": [],
    "mentions": 0,
    "links": 0,
}


def post_of(document: Json) -> Json:
    """Return a version of a post, or the delete of one: `id` names the post, `version` is the
    version's own id."""
    if "delete" in document:
        deleted = document["delete"]["status"]
        post_id = deleted.get("id_str") or _text(deleted["id"])
        return _NOTHING_TOLD | {"id": post_id, "version": post_id, "op": "delete"}
    if "data" in document:
        return _v2(document["data"], document.get("includes") or {})
    if "author_id" in document or "author" in document:
        return _v2(document, {"users": [document.get("author") or {}]})
    return _v1(document)


def is_notice(document: Json) -> bool:
    """Return whether it is neither a post nor a delete, but one of the other things that X says."""
    return not document.keys() & {"data", "delete", "id", "id_str"}


def _v2(data: Json, includes: Json) -> Json:
    post_id = str(data["id"])
    versions = data.get("edit_history_tweet_ids") or data.get("edit_history_post_ids") or [post_id]
    first_id, at = str(versions[0]), _instant(data["created_at"])
    is_edit = first_id != post_id
    references = data.get("referenced_tweets") or data.get("referenced_posts") or []
    repeated = [
        reference for reference in references if reference["type"] in ("retweeted", "reposted")
    ]
    entities = _v2_entities(_original(repeated, includes) or data)
    author_id = _text(data.get("author_id"))
    author: Json = next(
        (user for user in _list(includes.get("users")) if author_id == _text(user.get("id"))), {}
    )
    metrics = author.get("public_metrics") or {}
    return {
        "id": first_id,
        "version": post_id,
        "version_at": _id_instant(post_id) if is_edit else None,
        "at": min(at, _first_instant(first_id) or at) if is_edit else at,
        "user_id": fitting(author_id),
        "lang": fitting(data.get("lang"), 35),
        "op": "update" if is_edit else "create",
        "is_repost": bool(repeated),
        "tags": distinct_hashtags(tag["tag"] for tag in _list(entities.get("hashtags"))),
        "mentions": len(_list(entities.get("mentions"))),
        "links": len(_list(entities.get("urls"))),
        "handle": fitting(author.get("username")),
        "name": fitting(author.get("name")),
        "friends": count(metrics.get("following_count")),
        "followers": count(metrics.get("followers_count")),
    }


def _original(repeated: list[Json], includes: Json) -> Json | None:
    """Return the post that a repost repeats, where it came along: its text is whole."""
    for reference in repeated:
        if reference.keys() & {"entities", "note_tweet", "note_post"}:
            return reference
        for post in _list(includes.get("tweets") or includes.get("posts")):
            if str(post.get("id")) == str(reference.get("id")):
                return post
    return None


def _v2_entities(data: Json) -> Json:
    note = data.get("note_tweet") or data.get("note_post") or {}
    entities = note.get("entities") or data.get("entities")
    return entities if isinstance(entities, dict) else {}


def _v1(tweet: Json) -> Json:
    # The text of a retweet is cut, and what it holds with it: the original has all of it.
    original = tweet.get("retweeted_status")
    entities = _v1_entities(original or tweet)
    user = tweet.get("user") or {}
    post_id = tweet.get("id_str") or _text(tweet["id"])
    return {
        "id": post_id,
        "version": post_id,
        "version_at": None,
        "at": _v1_instant(tweet),
        "user_id": user.get("id_str") or _text(user.get("id")),
        "lang": fitting(tweet.get("lang"), 35),
        "op": "create",
        "is_repost": original is not None,
        "tags": distinct_hashtags(tag["text"] for tag in _list(entities.get("hashtags"))),
        "mentions": len(_list(entities.get("user_mentions"))),
        "links": len(_list(entities.get("urls"))),
        "handle": fitting(user.get("screen_name")),
        "name": fitting(user.get("name")),
        "friends": count(user.get("friends_count")),
        "followers": count(user.get("followers_count")),
    }


def _v1_entities(tweet: Json) -> Json:
    found: Json = (tweet.get("extended_tweet") or {}).get("entities") or tweet.get("entities") or {}
    return found


def _v1_instant(tweet: Json) -> datetime:
    written = tweet.get("created_at")
    if not written:
        return EPOCH + timedelta(milliseconds=int(tweet["timestamp_ms"]))
    if written[0].isdigit():
        return _instant(written)
    return in_utc(datetime.strptime(written, "%a %b %d %H:%M:%S %z %Y"))


def _instant(written: str) -> datetime:
    return in_utc(datetime.fromisoformat(written))


def in_utc(at: datetime) -> datetime:
    """Return it in UTC, in whole milliseconds and naive, as the tables have it; without a zone it
    is in UTC."""
    at = at.astimezone(UTC).replace(tzinfo=None) if at.tzinfo else at
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


def _id_instant(post_id: str) -> datetime:
    """Return the time that X puts into an id; small ids have none, but are in the order of their
    versions."""
    number = int(post_id)
    return EPOCH + timedelta(
        milliseconds=number if number < 2**40 else (number >> 22) + 1_288_834_974_657
    )


def _first_instant(first_id: str) -> datetime | None:
    """Return when the first version was made, in whole seconds as X tells times; None for an id
    without a time."""
    return _id_instant(first_id).replace(microsecond=0) if int(first_id) >= 2**40 else None


def _text(number_or_text: Any) -> str | None:
    """Return an id as text; None for what is no id."""
    return str(number_or_text) if isinstance(number_or_text, int | str) else None


def fitting(text: str | None, most: int = 255) -> str | None:
    """Return the text; None where it fits no column."""
    return text if text and len(text) <= most else None


def count(found: Any) -> int | None:
    """Return a count; None for what is none: below 0, in part, too large, or in words."""
    try:
        number = int(found)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if number == float(found) and 0 <= number < 2**63 else None


def _list(found: Any) -> list[Json]:
    """X sends {} where a list is empty."""
    return found if isinstance(found, list) else []


def hashtag_key(spelling: str) -> str:
    """Return what a hashtag is counted by: folded until nothing changes, without signs and blanks
    around it."""
    key, before = spelling, None
    while key != before:
        before = key
        folded = unicodedata.normalize("NFKC", key).casefold().replace("i\u0307", "i")
        key = unicodedata.normalize("NFKC", folded).strip().lstrip("#").lstrip()
    return key


def distinct_hashtags(spellings: Iterable[str]) -> list[str]:
    """Return the hashtags of a post, each once by its key, as first written; without those that fit
    no column."""
    first: dict[str, str] = {}
    for spelling in spellings:
        key = hashtag_key(spelling)
        if key and len(key) <= 255 and "\x1f" not in spelling:
            first.setdefault(key, spelling.strip().lstrip("#＃ ").lstrip())
    return list(first.values())[:100]


def for_charts(name: str | None) -> str | None:
    """Without emoji and symbols, nor what glues emoji together, nor control characters; white space
    folded."""
    if name is None:
        return None
    kept = "".join(
        letter
        for letter in name
        if letter.isspace()
        or (
            not (
                unicodedata.category(letter)[0] == "S"
                or unicodedata.category(letter) in ("Cc", "Cf")
            )
            and letter not in "\ufe0e\ufe0f\u20e3"
        )
    )
    return " ".join(kept.split()) or "No name"
