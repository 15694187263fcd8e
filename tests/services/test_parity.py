"""Two databases that hold the same have the same digests, whatever the way the posts took."""

from drivers import driver
from kafka_records import Record, headers_of
from payloads import as_bytes, v2_post

from tidemark.settings import MysqlSettings
from tidemark.stack.parity.digest import Digest, digest_tables

POSTS = [v2_post(str(number), hashtags=["Kafka", f"tag{number % 3}"]) for number in range(20)]


def digests(settings: MysqlSettings, *batches: list[Record]) -> dict[str, Digest]:
    with driver(settings) as running:
        for batch in batches:
            running.merge(batch)
    return digest_tables(settings)


def test_the_way_that_posts_took_makes_no_difference_and_one_post_more_does(
    tables: MysqlSettings,
) -> None:
    payloads = [*map(as_bytes, POSTS), b"broken"]
    before = digest_tables(tables)

    first = digests(tables, [Record(value, offset) for offset, value in enumerate(payloads)])

    later = headers_of("x", 1_772_368_999_000_000)
    again = digests(
        tables,
        [
            Record(value, offset, partition=1, headers=later)
            for offset, value in enumerate(payloads[:-1])
        ],
    )
    more = digests(tables, [Record(as_bytes(v2_post("more")), len(payloads))])
    assert first == again
    assert {name for name in first if first[name] != before[name]} == {
        *("posts", "post_minutes", "users", "rejected"),
        *("hashtags", "hashtag_minutes", "hashtag_hours", "hashtag_days"),
    }
    assert {name for name in first if first[name] != more[name]} == {
        "posts",
        "post_minutes",
        "users",
    }
