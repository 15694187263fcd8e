"""X v1.1: a bare tweet with its `user` inside, as recorded before 2023."""

import msgspec

from spark_jobs.decode.checks import Count, Id, text_of, validate_post
from spark_jobs.decode.instants import epoch_ms, v1_ms
from spark_jobs.decode.post import Post, Rejected
from spark_jobs.decode.reading import NOTHING_ODD, Odd
from spark_jobs.decode.x_entities import Entities, Extended, count_links, count_mentions, spellings
from spark_jobs.decode.x_v2 import Data
from tidemark.contracts.oddities import Oddity
from tidemark.contracts.reasons import Reason


class User(msgspec.Struct, gc=False):
    """An account; friends_count is how many it follows."""

    id_str: Id = None
    id: Id = None
    screen_name: str | None = None
    name: str | None = None
    friends_count: Count = None
    followers_count: Count = None


class Original(msgspec.Struct, gc=False):
    """The tweet that a retweet repeats."""

    entities: Entities | None = None
    extended_tweet: Extended | None = None


class Tweet(Data, gc=False):
    """A tweet, and what it shares with a post of v2 under the same names."""

    id_str: Id = None
    user: User | None = None
    timestamp_ms: Id = None
    full_text: str | None = None
    extended_tweet: Extended | None = None
    retweeted_status: Original | None = None


_NOBODY = User()


def decode_v1(tweet: Tweet, odd: Odd = NOTHING_ODD) -> Post | Rejected:
    """Return the post; the hashtags of a retweet are the original's, its text is as X sends it: cut
    behind `RT @name: `."""
    post_id = text_of(tweet.id_str) or text_of(tweet.id)
    if not post_id:
        return Rejected(Reason.NO_ID)
    try:
        created_at_ms, odd = _created_at_ms(tweet, odd)
    except ValueError as error:
        return Rejected(Reason.BAD_CREATED_AT, str(error)[:255])
    if created_at_ms is None:
        return Rejected(Reason.NO_CREATED_AT)
    user = tweet.user or _NOBODY
    entities = _entities(tweet)
    return validate_post(
        post_id,
        created_at_ms,
        user_id=text_of(user.id_str) or text_of(user.id),
        handle=user.screen_name,
        name=user.name,
        friends=user.friends_count,
        followers=user.followers_count,
        lang=tweet.lang,
        op="create",
        is_repost=tweet.retweeted_status is not None,
        hashtags=spellings(entities),
        nb_mentions=count_mentions(entities),
        nb_links=count_links(entities),
        odd=odd,
        text=_text(tweet),
    )


def _created_at_ms(tweet: Tweet, odd: Odd) -> tuple[int | None, Odd]:
    """Return when it was written, and whether that was odd; ValueError where neither of its two
    dates is one."""
    try:
        if tweet.created_at is not None:
            return v1_ms(tweet.created_at), odd
    except ValueError:
        if tweet.timestamp_ms is None:
            raise
        odd |= {Oddity.BAD_DATE}
    return None if tweet.timestamp_ms is None else epoch_ms(str(tweet.timestamp_ms)), odd


def _text(tweet: Tweet) -> str | None:
    extended = tweet.extended_tweet
    return (extended.full_text if extended else None) or tweet.full_text or tweet.text


def _entities(tweet: Tweet) -> Entities | None:
    # The text of a retweet is cut to make room for "RT @name: ", and its hashtags with it.
    whole = tweet.retweeted_status or tweet
    extended = whole.extended_tweet
    return (extended.entities if extended else None) or whole.entities
