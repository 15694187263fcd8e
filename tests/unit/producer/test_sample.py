import itertools
import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

import pytest
from stand_ins.clock import FakeClock

from producer.sources.base.signals import Cursor, Item
from producer.sources.sample.source import Sample
from tidemark.contracts.events import Event
from tidemark.settings import SampleSettings

START_US = 1_795_255_200_000_000  # 2026-11-21 10:00 UTC
SETTINGS = SampleSettings(rate=5, seed=7, history_minutes=60, networks=["x"], engagement=False)
ALL_NETWORKS = SampleSettings(rate=5, seed=7, history_minutes=60)


def taken(
    count: int,
    settings: SampleSettings = SETTINGS,
    *,
    now_us: int = START_US,
    after: Cursor | None = None,
) -> list[tuple[Event, Cursor]]:
    signals = Sample(settings, FakeClock(now_us)).events(after)
    items = (signal for signal in signals if isinstance(signal, Item))
    return [(item.event, item.cursor) for item in itertools.islice(items, count)]


def values(events: Sequence[tuple[Event, Cursor]]) -> list[bytes]:
    return [event.value for event, _ in events]


def written_at_ms(event: Event) -> int:
    assert event.event_id is not None
    return (int(event.event_id.removeprefix("sample:")) >> 22) + 1_288_834_974_657


@pytest.fixture(scope="module")
def hour() -> list[Event]:
    """The made-up past of a first start, which is sent at once, and a little more."""
    return [event for event, _ in taken(17_500)]


@pytest.fixture(scope="module")
def posts(hour: list[Event]) -> list[dict[str, Any]]:
    return [json.loads(event.value) for event in hour if event.event_id is not None]


@pytest.mark.parametrize("settings", [SETTINGS, ALL_NETWORKS])
def test_the_same_seed_and_start_give_the_same_posts_and_another_seed_others(
    settings: SampleSettings,
) -> None:
    another_seed = settings.model_copy(update={"seed": 8})

    assert taken(2000, settings) == taken(2000, settings)
    assert values(taken(2000, settings)) != values(taken(2000, another_seed))


@pytest.mark.parametrize("settings", [SETTINGS, ALL_NETWORKS])
@pytest.mark.parametrize("left_after", [0, 1, 777, 1998])
def test_after_a_restart_it_goes_on_as_if_there_had_been_none(
    settings: SampleSettings, left_after: int
) -> None:
    events = taken(2000, settings)

    resumed = taken(1999 - left_after, settings, after=events[left_after][1])

    assert values(resumed) == values(events[left_after + 1 :])


def test_after_a_long_pause_it_goes_on_with_the_last_hour_and_no_id_comes_twice() -> None:
    before = taken(5_000)
    clock_later_us = START_US + 24 * 3600 * 1_000_000

    after = taken(3000, now_us=clock_later_us, after=before[-1][1])

    times_ms = [written_at_ms(event) for event, _ in after[500:] if event.event_id]
    assert min(times_ms) >= clock_later_us / 1000 - 3600 * 1000
    ids = [event.event_id for event, _ in before + after if event.event_id]
    assert len(ids) == len(set(ids))


def test_ids_grow_with_time(hour: list[Event]) -> None:
    ids = [int(event.event_id.removeprefix("sample:")) for event in hour if event.event_id]

    assert ids == sorted(set(ids))


def test_the_past_comes_at_once_and_then_the_rate_is_kept() -> None:
    clock = FakeClock(START_US)
    per_second: Counter[int] = Counter()
    past = 0

    for received in Sample(SETTINGS.model_copy(update={"history_minutes": 20}), clock).events(None):
        if isinstance(received, Item) and clock.elapsed_s() == 0:
            past += 1
        elif isinstance(received, Item):
            per_second[int(clock.elapsed_s())] += 1
        if clock.elapsed_s() > 900:
            break

    assert 5_000 < past < 7_000
    live = [per_second[second] for second in range(1, 900)]
    assert sum(live) / len(live) == pytest.approx(5, rel=0.05)
    assert min(live) > 2


def test_the_past_spreads_over_the_hour_and_rises_and_falls(hour: list[Event]) -> None:
    minutes = Counter(written_at_ms(event) // 60_000 for event in hour if event.event_id)
    counts = [minutes[START_US // 60_000_000 - 60 + minute] for minute in range(60)]

    assert counts[0] < counts[20] < counts[35]
    assert counts[59] < counts[35]


@pytest.mark.parametrize("rate", [0.05, 3.0, 6000.0])
def test_it_never_keeps_the_loop_waiting_at_any_rate(rate: float) -> None:
    clock = FakeClock(START_US)
    settings = SampleSettings(rate=rate, history_minutes=0)
    moments = [
        clock.elapsed_s() for _ in itertools.islice(Sample(settings, clock).events(None), 500)
    ]

    assert max(after - before for before, after in itertools.pairwise(moments)) <= 0.2 + 1e-9


def test_each_hashtag_mention_and_link_stands_where_its_place_says(
    posts: list[dict[str, Any]],
) -> None:
    marks = 0
    for post in posts:
        for text, marked, start, end in all_marks(post):
            assert text[start:end] == marked
            marks += 1

    assert marks > 15_000


def all_marks(post: dict[str, Any]) -> list[tuple[str, str, int, int]]:
    """(text, what should stand there, from, to), of either shape."""
    found = []
    v2 = post.get("data", {})
    for holder in filter(None, (v2, v2.get("note_tweet"))):
        entities = holder.get("entities", {})
        for kind, sign, name in (
            ("hashtags", "#", "tag"),
            ("mentions", "@", "username"),
            ("urls", "", "url"),
        ):
            found += [
                (holder["text"], sign + e[name], e["start"], e["end"])
                for e in entities.get(kind, [])
            ]
    for holder, text in ((post, "text"), (post.get("extended_tweet"), "full_text")):
        if holder is None or text not in holder:
            continue
        entities = holder["entities"]
        for kind, sign, name in (
            ("hashtags", "#", "text"),
            ("user_mentions", "@", "screen_name"),
            ("urls", "", "url"),
        ):
            found += [(holder[text], sign + e[name], *e["indices"]) for e in entities[kind]]
    return found


def test_both_interfaces_of_x_are_there_with_what_each_always_has(
    posts: list[dict[str, Any]],
) -> None:
    v2 = [post for post in posts if "data" in post]
    v1 = [post for post in posts if "data" not in post]

    assert 0.2 < len(v1) / len(posts) < 0.3
    for post in v2:
        (user,) = post["includes"]["users"]
        assert user["id"] == post["data"]["author_id"]
        assert post["data"]["edit_history_tweet_ids"][-1] == post["data"]["id"]
        assert {"followers_count", "following_count"} <= user["public_metrics"].keys()
    for post in v1:
        assert post["id_str"] == str(post["id"])
        assert {"screen_name", "friends_count", "followers_count", "id_str"} <= post["user"].keys()


def test_edits_and_reposts_speak_of_posts_that_were_there(posts: list[dict[str, Any]]) -> None:
    ids = {post["data"]["id"] if "data" in post else post["id_str"] for post in posts}
    later = posts[len(posts) // 2 :]  # the first ones speak of what was before them
    v2 = [post["data"] for post in later if "data" in post]
    edited = [
        data["edit_history_tweet_ids"][0] for data in v2 if len(data["edit_history_tweet_ids"]) > 1
    ]
    reposted = [data["referenced_tweets"][0]["id"] for data in v2 if "referenced_tweets" in data]
    reposted += [post["retweeted_status"]["id_str"] for post in later if "retweeted_status" in post]

    assert 0.01 < len(edited) / len(later) < 0.03
    assert 0.08 < len(reposted) / len(later) < 0.16
    spoken_of = edited + reposted
    assert (
        sum(post_id in ids for post_id in spoken_of) / len(spoken_of) > 0.99
    )  # some of them were broken


def test_some_are_long_and_carry_their_whole_text_beside(posts: list[dict[str, Any]]) -> None:
    notes = [
        post["data"]["note_tweet"]["text"] for post in posts if "note_tweet" in post.get("data", {})
    ]
    extended = [post["extended_tweet"]["full_text"] for post in posts if "extended_tweet" in post]

    assert len(notes) > 50
    assert len(extended) > 10
    assert min(len(text) for text in notes + extended) > 280


def test_about_three_in_a_thousand_are_broken_in_each_of_several_ways(hour: list[Event]) -> None:
    broken = [event.value for event in hour if event.event_id is None]

    assert 0.001 < len(broken) / len(hour) < 0.006
    assert {way_broken(value) for value in broken} == {
        "empty",
        "not utf-8",
        "cut",
        "list",
        "errors",
        "author_id of a wrong type",
        "created_at that is none",
        "no id",
    }


def way_broken(value: bytes) -> str:
    if not value:
        return "empty"
    try:
        document = json.loads(value)
    except UnicodeDecodeError:
        return "not utf-8"
    except ValueError:
        return "cut"
    if isinstance(document, list):
        return "list"
    if "errors" in document:
        return "errors"
    data = document["data"]
    if isinstance(data["author_id"], dict):
        return "author_id of a wrong type"
    return "created_at that is none" if data["created_at"] == "yesterday" else "no id"


def test_authors_keep_their_ids_and_names_while_their_friends_come_and_go(
    posts: list[dict[str, Any]],
) -> None:
    names: dict[str, set[tuple[str, str]]] = defaultdict(set)
    friends: dict[str, set[int]] = defaultdict(set)
    for post in posts:
        if "data" in post:
            (user,) = post["includes"]["users"]
            names[user["id"]].add((user["username"], user["name"]))
            friends[user["id"]].add(user["public_metrics"]["following_count"])
        else:
            user = post["user"]
            names[user["id_str"]].add((user["screen_name"], user["name"]))
            friends[user["id_str"]].add(user["friends_count"])

    assert len(names) > 2000
    assert {len(of_one) for of_one in names.values()} == {1}
    assert sum(len(of_one) > 1 for of_one in friends.values()) > 500
    counts = sorted(max(of_one) for of_one in friends.values())
    assert counts[-1] > 50 * counts[len(counts) // 2]  # few have very many


def test_hashtags_of_many_languages_trend_and_fade(posts: list[dict[str, Any]]) -> None:
    by_quarter: dict[int, Counter[str]] = defaultdict(Counter)
    for place, post in enumerate(posts):
        entities = post["data"].get("entities", {}) if "data" in post else post["entities"]
        by_quarter[place * 8 // len(posts)].update(
            e.get("tag") or e["text"] for e in entities.get("hashtags", [])
        )
    top = [{tag for tag, _ in uses.most_common(5)} for _, uses in sorted(by_quarter.items())]
    everything = sum(by_quarter.values(), Counter[str]())

    assert len(everything) > 140
    assert {
        "おはよう",
        "Straße",
        "صباح_الخير",
        "क्रिकेट",
        "Élections2026",
        "ApacheKafka",
    } <= everything.keys()
    assert len(set.union(*top)) > 10  # the top five are not always the same
    assert len(set.intersection(*top)) < 5
