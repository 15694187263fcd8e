from collections.abc import Iterable

import pytest
from recordings import recorded_lines

from producer.transport.sse import Frame, Heartbeat, SseReader

STREAM = (
    b":ok\n\n"
    b"event: message\nid: [1]\ndata: {\"a\":\"caf\xc3\xa9\"}\n\n"
    b"data: two\ndata:\ndata:  lines\n\n"
    b": still here\n"
    b"id\nretry: 10\nstrange: field\ndata:last\n\n"
)  # fmt: skip
WANTED = [
    Heartbeat(b"ok"),
    Frame("message", b'{"a":"caf\xc3\xa9"}', "[1]"),
    Frame("message", b"two\n\n lines", "[1]"),
    Heartbeat(b"still here"),
    Frame("message", b"last", None),
]


def read(chunks: Iterable[bytes], **options: int) -> list[Frame | Heartbeat]:
    reader = SseReader(**options)
    return [what for chunk in chunks for what in reader.feed(chunk)]


@pytest.mark.parametrize("line_end", [b"\n", b"\r\n", b"\r"])
@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("size", [1, 2, 3, 5, 64, 10_000])
def test_it_reads_the_same_however_it_is_cut_and_whatever_ends_a_line(
    line_end: bytes, bom: bytes, size: int
) -> None:
    stream = bom + STREAM.replace(b"\n", line_end)
    chunks = [stream[at : at + size] for at in range(0, len(stream), size)]

    assert read(chunks) == WANTED


def test_a_frame_is_given_as_soon_as_it_is_complete() -> None:
    reader = SseReader()

    assert list(reader.feed(b"data: a\r\n\r")) == [Frame("message", b"a", None)]
    assert list(reader.feed(b"\ndata: b\r\n")) == []
    assert list(reader.feed(b"\r\n")) == [Frame("message", b"b", None)]


def test_empty_chunks_change_nothing() -> None:
    assert read([b"", b"data: a\r", b"", b"\n", b"", b"\n"]) == [Frame("message", b"a", None)]


@pytest.mark.parametrize(
    "text", [b"event: update\n\n", b"data\n\n", b"event: filters_changed\ndata:\n\n"]
)
def test_a_frame_without_data_is_a_sign_of_life(text: bytes) -> None:
    assert [type(what) for what in read([text])] == [Heartbeat]


def test_an_event_name_is_of_its_frame_alone() -> None:
    assert read([b"event: delete\ndata: 1\n\ndata: 2\n\n"]) == [
        Frame("delete", b"1", None),
        Frame("message", b"2", None),
    ]


def test_an_id_with_a_nul_is_none_and_bytes_that_are_no_utf8_stay_in_the_data() -> None:
    assert read([b"id: 1\n\nid: a\0b\ndata: \xff\xfe\0\n\n"]) == [
        Frame("message", b"\xff\xfe\0", "1")
    ]


def test_a_frame_that_is_not_complete_at_the_end_is_dropped() -> None:
    assert read([b"data: a\n\ndata: b\n"]) == [Frame("message", b"a", None)]


@pytest.mark.parametrize(
    "data",
    [b"data: " + b"x" * 5000, b"data: xxxx" + b"\ndata: xxxx" * 1000],
    ids=["one line", "many lines"],
)
def test_a_frame_that_is_too_large_is_cut_and_what_follows_is_read(data: bytes) -> None:
    first, second = read([data + b"\nid: 7\n\ndata: b\n\n"], max_data_bytes=100)

    assert isinstance(first, Frame)
    assert 90 < len(first.data) <= 100
    assert (first.id, second) == ("7", Frame("message", b"b", "7"))


def test_a_line_that_never_ends_does_not_fill_the_memory() -> None:
    reader = SseReader(max_data_bytes=100)
    for _ in range(100):
        assert list(reader.feed(b"data: " + b"x" * 10_000)) == []

    assert [type(what) for what in reader.feed(b"\n\n")] == [Frame]


def test_recorded_changes_come_out_as_they_went_in() -> None:
    lines = [line.rstrip(b"\n") for line in recorded_lines("wikimedia_mixed")]
    stream = b"".join(
        b"event: message\nid: [%d]\ndata: %b\n\n" % change for change in enumerate(lines)
    )

    found = read(stream[at : at + 1000] for at in range(0, len(stream), 1000))

    assert found == [Frame("message", line, f"[{number}]") for number, line in enumerate(lines)]
