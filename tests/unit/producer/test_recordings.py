"""Recordings of X as people have them, through source replay: one record a post, whatever the file
looks like."""

import base64
import bz2
import gzip
import json
import lzma
import tracemalloc
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from recordings import cases
from stand_ins.clock import FakeClock

from producer.sources.base.signals import Cursor, Item
from producer.sources.replay.source import Replay
from tidemark.contracts.events import Event
from tidemark.errors import SettingsError

CASES = cases("x_recordings.jsonl", "replay_files.jsonl")


def played(path: Path, after: Cursor | None = None) -> list[tuple[Event, Cursor]]:
    with closing(Replay(path, FakeClock())) as source:
        signals = source.events(after)
        return [(item.event, item.cursor) for item in signals if isinstance(item, Item)]


def documents(path: Path) -> list[Any]:
    return [json.loads(event.value) for event, _ in played(path)]


def user(number: int) -> dict[str, Any]:
    return {
        "id": f"50{number}",
        "username": f"harbour_{number}",
        "public_metrics": {"following_count": 3},
    }


def post(number: int, author: int = 1, **fields: Any) -> dict[str, Any]:
    return {
        "id": f"70{number}",
        "author_id": f"50{author}",
        "created_at": "2026-04-02T10:00:00.000Z",
        "text": 'at the "quay" {[ é 😀\n',
        **fields,
    }


PAGE: dict[str, Any] = {
    "data": [
        post(1, author=1),
        post(2, author=2, referenced_tweets=[{"type": "retweeted", "id": "7090"}]),
        post(
            3,
            author=1,
            in_reply_to_user_id="503",
            entities={"mentions": [{"id": "502", "username": "x"}]},
        ),
        post(4, author=8),
    ],
    "includes": {
        "users": [user(1), user(2), user(3), user(9)],
        "tweets": [post(90, author=9), post(91)],
        "media": [{"media_key": "3_1"}],
    },
    "meta": {"result_count": 4},
    "__twarc": {"version": "2.14.0"},
}
SPLIT = [
    {"data": PAGE["data"][0], "includes": {"users": [user(1)]}},
    {
        "data": PAGE["data"][1],
        "includes": {"users": [user(2), user(9)], "tweets": [post(90, author=9)]},
    },
    {"data": PAGE["data"][2], "includes": {"users": [user(1), user(3), user(2)]}},
    {"data": PAGE["data"][3]},
]
FLAT = {**post(5), "author": user(1), "__twarc": {}}
V2 = {"data": post(6), "includes": {"users": [user(1)]}}
V1 = {
    "id": 9.9e17,
    "id_str": "990000000000000123",
    "text": "x",
    "user": {"id": 5.0e17, "id_str": "505"},
}
ALL = [PAGE, FLAT, {"meta": {"result_count": 0}}, V2, {**PAGE, "data": []}, V1]
ALL_SPLIT = [*SPLIT, FLAT, V2, V1]

WRITINGS: dict[str, Callable[[list[Any]], str]] = {
    "lines": lambda found: "".join(json.dumps(document) + "\n" for document in found),
    "lines of windows, blank ones between": lambda found: "\r\n \r\n".join(map(json.dumps, found)),
    "an array on one line": json.dumps,
    "an array on one line, and lines": lambda found: (
        json.dumps(found[:2]) + "\n" + WRITINGS["lines"](found[2:])
    ),
    "an array, printed for people": lambda found: json.dumps(found, indent=2),
    "an array, an element a line": lambda found: "[" + ",\n".join(map(json.dumps, found)) + "]\n",
    "an array, commas in front": lambda found: "[" + "\n,".join(map(json.dumps, found)) + "\n]",
    "documents printed for people": lambda found: "\n".join(
        json.dumps(document, indent=4) for document in found
    ),
    "documents without anything between": lambda found: "".join(map(json.dumps, found)),
    "arrays, one behind the other": lambda found: (
        json.dumps(found[:2], indent=1) + json.dumps(found[2:], indent=1)
    ),
}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["case"])
def test_a_case_of_the_collection_gives_its_posts_or_is_refused(
    case: dict[str, Any], tmp_path: Path
) -> None:
    path = tmp_path / "posts.jsonl"
    path.write_bytes(
        base64.b64decode(case["payload_b64"]) if "payload_b64" in case else case["payload"].encode()
    )
    expected = case["expect"].get("posts", [case["expect"]])
    if case["case"].startswith("utf16"):
        with pytest.raises(SettingsError, match="UTF-16"):
            played(path)
        return

    events = [event for event, _ in played(path)]

    assert [event.event_id for event in events] == [f"x:{wanted['post_id']}" for wanted in expected]
    for event, wanted in zip(events, expected, strict=True):
        document = json.loads(event.value)
        content = document.get("data", document)
        assert [tag["tag"] for tag in content["entities"]["hashtags"]] == wanted["hashtags"]
        if "user_id" in wanted:
            author = (
                document["author"] if "author" in document else document["includes"]["users"][0]
            )
            assert event.key == wanted["user_id"].encode()
            assert (author["id"], author["username"]) == (wanted["user_id"], wanted["username"])
            assert author["public_metrics"]["following_count"] == wanted["nb_friends"]


@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("writing", WRITINGS)
def test_however_it_is_written_each_post_is_a_record_with_whom_and_what_it_names(
    tmp_path: Path, writing: str, bom: bytes
) -> None:
    path = tmp_path / "posts.json"
    path.write_bytes(bom + WRITINGS[writing](ALL).encode())

    assert documents(path) == ALL_SPLIT


@pytest.mark.parametrize("writing", WRITINGS)
def test_left_behind_any_post_it_goes_on_with_the_next(tmp_path: Path, writing: str) -> None:
    path = tmp_path / "posts.json"
    path.write_text("\n" + WRITINGS[writing](ALL))
    events = played(path)

    for number, (_, cursor) in enumerate(events):
        assert played(path, json.loads(json.dumps(cursor))) == events[number + 1 :]


def test_a_cursor_of_a_version_that_knew_only_lines_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "posts.jsonl"
    path.write_text(WRITINGS["lines"](ALL))
    cursor = played(path)[4][1]

    assert cursor.keys() == {"line", "byte", "head_bytes", "head_sha256"}


def test_elements_of_an_array_and_values_stay_as_their_bytes_are(tmp_path: Path) -> None:
    texts = [
        b'{"data" : {"id":"1", "text":"\\ud83d \xff"}}',
        b'{"id_str": "2","user":{},  "n": 1.0E+2}',
        b'{"a":}',
    ]
    path = tmp_path / "posts.json"
    path.write_bytes(b"[\n  " + b" ,\n  ".join(texts) + b"\n]\n")

    assert [event.value for event, _ in played(path)] == texts


def test_a_page_with_half_a_character_in_one_text_gives_all_its_posts(tmp_path: Path) -> None:
    path = tmp_path / "posts.jsonl"
    path.write_text(json.dumps(PAGE).replace("\\ud83d\\ude00", "\\ud83d", 1))

    assert [event.event_id for event, _ in played(path)] == ["x:701", "x:702", "x:703", "x:704"]


def test_a_page_of_odd_parts_is_split_all_the_same(tmp_path: Path) -> None:
    page: dict[str, Any] = {
        "data": [
            {"id": "1", "referenced_tweets": [7, {"id": []}], "entities": [], "author_id": 501},
            5,
            None,
        ],
        "includes": {"users": [{"id": 501}, {"name": "x"}], "tweets": [], "media": 7},
    }
    path = tmp_path / "posts.jsonl"
    path.write_text(json.dumps(page))

    assert documents(path) == [
        {"data": page["data"][0], "includes": {"users": [{"id": 501}]}},
        {"data": 5},
        {"data": None},
    ]


def test_an_answer_of_the_old_search_gives_its_tweets(tmp_path: Path) -> None:
    path = tmp_path / "posts.jsonl"
    path.write_text(json.dumps({"statuses": [V1, {**V1, "id_str": "2"}], "search_metadata": {}}))

    assert [event.event_id for event, _ in played(path)] == ["x:990000000000000123", "x:2"]


def test_files_put_one_behind_the_other_have_their_byte_order_marks_dropped(tmp_path: Path) -> None:
    path = tmp_path / "posts.jsonl"
    path.write_bytes(
        b"\n".join([b"\xef\xbb\xbf" + json.dumps(V2).encode()] * 2 + [b"\xef\xbb\xbf"])
    )

    assert documents(path) == [V2, V2]


def test_a_first_line_that_was_cut_off_is_one_bad_record_and_no_beginning_of_more(
    tmp_path: Path,
) -> None:
    for cut in (
        b'{"data":{"id":"1","text":"at the',
        b'{"data":{"id":"1"',
        b'[{"id":"1","text":"at the',
    ):
        path = tmp_path / "posts.jsonl"
        path.write_bytes(cut + b"\n" + json.dumps(V2).encode() + b"\n")

        assert [event.event_id for event, _ in played(path)] == [None, "x:706"]


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
@pytest.mark.parametrize("name", ["posts.jsonl", "posts.jsonl.gz", "posts"])
def test_how_it_is_packed_is_told_by_its_first_bytes_and_not_by_its_name(
    tmp_path: Path, name: str, pack: Callable[[bytes], bytes]
) -> None:
    path = tmp_path / name
    path.write_bytes(pack(WRITINGS["an array, printed for people"](ALL).encode()))
    events = played(path)

    assert [json.loads(event.value) for event, _ in events] == ALL_SPLIT
    assert played(path, events[2][1]) == events[3:]


def test_plain_text_under_the_name_of_a_packed_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "posts.jsonl.gz"
    path.write_text(WRITINGS["lines"](ALL))

    assert documents(path) == ALL_SPLIT


TEXT = WRITINGS["lines"](ALL)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (TEXT.encode("utf-16"), "is text in UTF-16, .*iconv -f UTF-16 -t UTF-8"),
        (TEXT.encode("utf-16-le"), "is text in UTF-16"),
        (TEXT.encode("utf-16-be"), "is text in UTF-16"),
        (TEXT.encode("utf-32"), "is text in UTF-32"),
        (TEXT.encode("utf-32-be"), "is text in UTF-32"),
        (gzip.compress(TEXT.encode("utf-16")), "is text in UTF-16"),
        (gzip.compress(gzip.compress(b"{}")), "is packed twice"),
        (b"PK\x03\x04" + b"\0" * 30, "is a zip archive"),
        (b"\x28\xb5\x2f\xfd" + b"\0" * 30, "is packed by zstd"),
        (b"PAR1" + b"\0" * 30, "is a Parquet file"),
        (gzip.compress(b"posts.jsonl".ljust(257, b"\0") + b"ustar  \0"), "is a tar archive"),
    ],
    # gzip writes the time, and several processes must find the same tests
    ids=lambda found: found if isinstance(found, str) else "",
)
def test_what_is_no_text_in_utf_8_is_refused_at_the_start_and_told_how_to_mend(
    tmp_path: Path, content: bytes, words: str
) -> None:
    path = tmp_path / "posts.jsonl"
    path.write_bytes(content)

    with pytest.raises(
        SettingsError, match=rf"posts\.jsonl {words}.*TIDEMARK_REPLAY__FILE"
    ) as refused:
        played(path)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("document", "event_id", "key"),
    [
        (V1, "x:990000000000000123", b"505"),
        ({**V1, "id_str": None, "user": 7}, None, None),
        ({**V1, "id_str": 17, "text": []}, "x:17", b"505"),
        (FLAT, "x:705", b"501"),
        ({"id": "1", "author": {"id": "9"}}, "x:1", b"9"),
        ({"data": post(8, edit_history_tweet_ids=["700", "708"])}, "x:708", b"501"),
        (
            {"delete": {"status": {"id": 4, "id_str": "41", "user_id": 5, "user_id_str": "51"}}},
            "x:41:delete",
            b"51",
        ),
        ({"delete": {"status": {"id": 4}, "timestamp_ms": "1"}}, "x:4:delete", None),
        ({"delete": 7}, None, None),
        ({"limit": {"track": 5}}, None, None),
    ],
)
def test_a_record_is_named_by_its_version_and_keyed_by_its_author(
    tmp_path: Path, document: Any, event_id: str | None, key: bytes | None
) -> None:
    path = tmp_path / "posts.jsonl"
    path.write_text(json.dumps(document))

    [(event, _)] = played(path)

    assert (event.event_id, event.key) == (event_id, key)


def test_an_array_larger_than_memory_should_be_is_read_within_bounds(tmp_path: Path) -> None:

    path = tmp_path / "posts.json.gz"
    element = json.dumps({**V2, "padding": "[" * 30_000}).encode()
    with gzip.open(path, "wb", compresslevel=1) as file:
        file.write(b"[" + b",".join([element] * 3000) + b"]")
    source = Replay(path, FakeClock())
    tracemalloc.start()

    count = sum(1 for received in source.events(None) if isinstance(received, Item))

    peak_bytes = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    source.close()
    assert count == 3000
    assert peak_bytes < 60 << 20
