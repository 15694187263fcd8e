"""Each oddity by a record that has it, and each notice of X: lists that are closed, and so are the
tables below."""

import pytest
from bluesky_payloads import commit, profile, record
from edit_payloads import change
from kafka_records import Record, headers_of, record_batch
from mastodon_payloads import account, status
from payloads import Json, as_ascii, v1_tweet, v1_user, v2_post, v2_user
from staged_rows import in_order

from spark_jobs.decode.stage_edits import stage_edits
from spark_jobs.decode.stage_posts import stage_posts
from tidemark.contracts.oddities import Oddity, notice_kind
from tidemark.contracts.recordings import NOTICES

LONG = "x" * 256
LONGEST = "x" * 32_768
FUTURE = "2031-06-01T00:00:00.000Z"
CASES: list[tuple[Oddity, str, Json]] = [
    (Oddity.BAD_TYPE, "x", v2_post(lang=["en"])),
    (Oddity.BAD_TYPE, "x", v1_tweet(user=[])),
    (Oddity.BAD_TYPE, "bluesky", commit(record=record(facets=["x"]))),
    (Oddity.BAD_TYPE, "mastodon", status(tags="tide")),
    (Oddity.BAD_TYPE, "wikimedia", change(length=[])),
    (Oddity.BAD_COUNT, "x", v1_tweet(user=v1_user(friends_count=-1))),
    (
        Oddity.BAD_COUNT,
        "x",
        v2_post() | {"includes": {"users": [v2_user(public_metrics={"followers_count": 2**63})]}},
    ),
    (Oddity.BAD_COUNT, "bluesky", profile(followersCount=0.5)),
    (Oddity.BAD_COUNT, "mastodon", status(account=account(following_count="many"))),
    (Oddity.BAD_COUNT, "wikimedia", change(length={"old": -1, "new": 0})),
    (Oddity.BAD_DATE, "mastodon", status(edited_at="")),
    (Oddity.BAD_DATE, "x", v1_tweet(created_at="soon")),
    (Oddity.BAD_DATE, "wikimedia", change(dt="")),
    (Oddity.FUTURE_DATE, "x", v2_post(created_at=FUTURE)),
    (Oddity.FUTURE_DATE, "bluesky", commit(time_us=1_938_038_400_000_000)),
    (Oddity.FUTURE_DATE, "mastodon", status(edited_at=FUTURE)),
    (Oddity.FUTURE_DATE, "wikimedia", change(dt=FUTURE)),
    (Oddity.TOO_LONG, "x", v1_tweet(lang="x" * 36)),
    (Oddity.TOO_LONG, "x", v2_post(author_id=LONG)),
    (Oddity.TOO_LONG, "bluesky", profile(displayName=LONG)),
    (Oddity.TOO_LONG, "mastodon", status(account=account(display_name=LONG))),
    (Oddity.TOO_LONG, "wikimedia", change(title="x" * 401)),
    (Oddity.BAD_HASHTAG, "x", v1_tweet(hashtags=[LONG])),
    (Oddity.BAD_HASHTAG, "bluesky", commit(record=record(hashtags=["a\x1fb"]))),
    (Oddity.BAD_HASHTAG, "mastodon", status(hashtags=["ß" * 128])),
    (Oddity.MANY_HASHTAGS, "x", v2_post(hashtags=[f"t{number}" for number in range(101)])),
    (
        Oddity.MANY_HASHTAGS,
        "bluesky",
        commit(record=record(tags=[f"t{number}" for number in range(101)])),
    ),
    (Oddity.LONG_TEXT, "x", v2_post(text=LONGEST + "x")),
    (Oddity.LONG_TEXT, "bluesky", commit(record=record(text=LONGEST + "🌊"))),
    (Oddity.LONG_TEXT, "mastodon", status(content=f"<p>{LONGEST}</p><p>x</p>")),
    (Oddity.LONE_SURROGATE, "x", v1_tweet(text="cut \ud83c")),
    (Oddity.LONE_SURROGATE, "bluesky", commit(record=record(hashtags=["cut\ud83c"]))),
    (Oddity.LONE_SURROGATE, "mastodon", status(account=account(display_name="\udf0a cut"))),
    (Oddity.LONE_SURROGATE, "wikimedia", change(title="Tide \ud83c")),
]


def detail_of(source: str, payload: Json) -> tuple[str | None, str | None]:
    """Return the reason and the detail of the row that carries the record."""
    topic, stage = ("edits", stage_edits) if source == "wikimedia" else ("posts", stage_posts)
    batch = record_batch([Record(as_ascii(payload), topic=topic, headers=headers_of(source))])
    found = list(stage(iter([batch])))
    row = found[0].to_pylist()[0] if source == "wikimedia" else in_order(found)[0]
    return row["reason"], row["detail"]


@pytest.mark.parametrize(
    ("oddity", "source", "payload"),
    CASES,
    ids=[f"{at}-{case[0]}-{case[1]}" for at, case in enumerate(CASES)],
)
def test_a_record_with_an_oddity_is_stored_and_the_oddity_is_told_by_its_kind(
    oddity: Oddity, source: str, payload: Json
) -> None:
    assert detail_of(source, payload) == (None, oddity.value)


def test_every_oddity_has_a_case() -> None:
    assert {oddity for oddity, *_ in CASES} == set(Oddity)


def test_several_oddities_of_one_record_are_told_each_once() -> None:
    users = {
        "users": [v2_user(name=LONG, username="\ud83c", public_metrics={"following_count": -1}), 7]
    }
    tags = [*(f"t{number}" for number in range(101)), LONG]
    odd = v2_post(lang=7, created_at=FUTURE, hashtags=[LONG, *tags]) | {"includes": users}

    assert detail_of("x", odd) == (
        None,
        "bad_count,bad_hashtag,bad_type,future_date,lone_surrogate,many_hashtags,too_long",
    )


@pytest.mark.parametrize("name", sorted(NOTICES))
def test_a_notice_is_no_reject_and_is_told_by_its_kind(name: str) -> None:
    assert detail_of("x", {name: {"track": 7}}) == (None, notice_kind(name))


def test_kinds_fit_their_column_and_are_told_apart() -> None:
    kinds = [*Oddity, *map(notice_kind, NOTICES)]

    assert len(set(kinds)) == len(kinds)
    assert all(kind.isascii() and len(kind) <= 32 and "," not in kind for kind in kinds)
