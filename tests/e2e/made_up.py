"""Made-up posts in the shapes of X v2 and v1.1, with what real ones are known to do."""

import json
import random
from datetime import UTC, datetime, timedelta
from typing import Any

Json = dict[str, Any]

EVERYWHERE = "everywhere"
"""A hashtag of every post."""
_TAGS = (
    "Straße",
    "STRASSE",
    "strasse",
    "cafe\u0301",
    "Caf\u00e9",
    "東京",
    "हिन्दी",
    "İstanbul",
    "ΐ",
    "ﬁn",
    "Kafka",
    "kafka",
)
_NAMES = (
    "Ada 🚀 Lovelace",
    "🌊🌊",
    "دانا",
    "Ελένη ★",
    "O'Neil & Søn",
    "  two   words ",
    "👩🏽‍💻 dev",
)
_BEGAN_AT = datetime(2026, 3, 1, 22, 50, tzinfo=UTC)
_AUTHORS = 23


def made_up(count: int, *, first: int = 0, repeats: bool = True) -> list[bytes]:
    """Posts number `first` and up, in order of sending; each tenth comes again later, with other
    numbers in it.

    Every post has the hashtags EVERYWHERE and `n<its number>`, so each is seen in each table.
    """
    dice = random.Random(first)
    payloads: list[bytes] = []
    for number in range(first, first + count):
        payloads.append(_payload(number, dice))
        if repeats and number % 10 == 9:
            payloads.append(_payload(number - dice.randrange(10), dice))
    return payloads


def _payload(number: int, dice: random.Random) -> bytes:
    shape = _v1 if number % 3 == 0 else _v2
    return json.dumps(shape(number, dice), ensure_ascii=number % 2 == 0).encode()


def _tags(number: int) -> list[str]:
    return [
        EVERYWHERE,
        f"n{number}",
        *(_TAGS[(number + step) % len(_TAGS)] for step in range(number % 4)),
    ]


def _at(number: int) -> datetime:
    """Neither in order nor all different, over two days."""
    return _BEGAN_AT + timedelta(seconds=number * 7919 % 9000, milliseconds=number % 3 * 250)


def _id(number: int, *, edited: bool = False) -> str:
    """Return an id with the time of its version in it, as X makes them; an edit is five minutes
    later."""
    at_ms = round((_at(number) + timedelta(minutes=5 * edited)).timestamp() * 1000)
    return str((at_ms - 1_288_834_974_657) << 22 | number)


def _v2(number: int, dice: random.Random) -> Json:
    author = number % _AUTHORS
    integer_ids = number % 7 == 1
    data: Json = {
        "id": number + 10**15 if integer_ids else str(number + 10**15),
        "author_id": author + 500 if integer_ids else str(author + 500),
        "created_at": _at(number).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "text": f"post {number} \u2028 \U0001f600",
        "lang": "und" if number % 5 else None,
        "entities": {
            "hashtags": [{"start": 0, "end": 1, "tag": tag} for tag in _tags(number)],
            "mentions": [{"username": "someone"}] * (number % 3),
            "urls": {} if number % 2 else [{"url": "https://t.co/x"}],
        },
        "edit_history_tweet_ids": [str(number + 10**15)],
    }
    user: Json = {
        "id": data["author_id"],
        "username": f"user_{author}",
        "name": _NAMES[author % len(_NAMES)],
    }
    if number % 4:
        user["public_metrics"] = {
            "following_count": dice.randrange(5000),
            "followers_count": 2**40 + number,
        }
    includes: Json = {"users": [{"id": "1", "username": "somebody else"}, user]}
    return _with_oddities(number, {"data": data, "includes": includes})


def _with_oddities(number: int, payload: Json) -> Json:
    data = payload["data"]
    match number % 13:
        case 1:
            data["note_tweet"] = {"text": "long", "entities": data["entities"]}
            data["entities"] = {"hashtags": [{"tag": "cut"}]}
        case 2:
            data["referenced_tweets"] = [{"type": "retweeted", "id": "1"}]
        case 3:
            data["referenced_posts"] = [
                {"type": "quoted", "id": "1"},
                {"type": "reposted", "id": "1"},
            ]
        case 4:
            data["id"] = _id(number, edited=True)
            data["edit_history_tweet_ids"] = [_id(number), data["id"]]
        case 5:
            data["id"] = _id(number, edited=True)
            data["edit_history_post_ids"] = [_id(number), data["id"]]
            del data["edit_history_tweet_ids"]
        case 6:
            del payload["includes"]
        case 7:
            payload["includes"] = {"users": {}}
        case 8:
            payload["includes"]["users"][1].pop("username")
        case 9:
            del data["author_id"]
    return payload


def _v1(number: int, dice: random.Random) -> Json:
    author = number % _AUTHORS
    entities: Json = {
        "hashtags": [{"text": tag, "indices": [0, 1]} for tag in _tags(number)],
        "user_mentions": [{"screen_name": "someone"}] * (number % 2),
        "urls": [],
    }
    tweet: Json = {
        "created_at": _at(number).strftime("%a %b %d %H:%M:%S +0000 %Y"),
        "id": number + 10**15,
        "id_str": str(number + 10**15),
        "text": f"post {number}",
        "user": {
            "id": author + 500,
            "id_str": str(author + 500),
            "screen_name": f"user_{author}",
            "name": _NAMES[author % len(_NAMES)],
            "friends_count": dice.randrange(5000),
            "followers_count": number,
        },
        "lang": "en",
        "entities": entities,
    }
    match number % 4:
        case 1:
            tweet |= {
                "extended_tweet": {"entities": entities},
                "entities": {"hashtags": [{"text": "cut"}]},
            }
        case 2:
            tweet |= {
                "retweeted_status": {"entities": entities},
                "entities": {"hashtags": [], "urls": [{}]},
            }
        case 3:
            del tweet["created_at"]
            tweet["timestamp_ms"] = str(round(_at(number).timestamp() * 1000))
    return tweet
