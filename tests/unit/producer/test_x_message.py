import pytest

from producer.sources.x.payload import Notice, read_line
from tidemark.contracts.events import Event


def test_a_post_keeps_its_bytes_and_carries_id_author_and_the_tags_of_its_rules() -> None:
    line = (
        b'{"data":{"id":"17","author_id":"5","text":"\\u2028 caf\xc3\xa9"},"includes":{"users":[{"id":"5"}]},'
        b'"matching_rules":[{"id":"1","tag":"kafka"},{"id":"2","tag":"tea, milk"}]}'
    )

    assert read_line(line, received_at=9) == Event(
        line, "x", 9, key=b"5", event_id="x:17", rules=("kafka", "tea  milk")
    )


@pytest.mark.parametrize(
    ("matching_rules", "rules"),
    [
        (b'[{"id":1377649934414049282,"tag":null}]', ("1377649934414049282",)),
        (b'[{"id":"3"}]', ("3",)),
        (b'[{"id":"3","tag":""}]', ("3",)),
        (b"[{}]", ()),
        (b"[7]", ()),
        (b"{}", ()),
        (b"null", ()),
    ],
)
def test_a_rule_without_tag_is_named_by_its_id_and_odd_ones_do_no_harm(
    matching_rules: bytes, rules: tuple[str, ...]
) -> None:
    line = b'{"data":{"id":"17","author_id":"5"},"matching_rules":' + matching_rules + b"}"

    assert read_line(line, received_at=9) == Event(
        line, "x", 9, key=b"5", event_id="x:17", rules=rules
    )


@pytest.mark.parametrize(
    "line",
    [
        b"not json",
        b'{"data":{"id":"17"',
        b"[]",
        b"7",
        b"null",
        b"{}",
        b'{"includes":{}}',
        b"\xff\xfe",
        b'{"errors":[]}',
        b"[" * 100_000,
    ],
    ids=lambda line: repr(line[:20]),
)
def test_what_is_no_post_and_no_notice_is_passed_on_as_it_came(line: bytes) -> None:
    assert read_line(line, received_at=9) == Event(line, "x", 9)


def test_a_post_that_comes_with_errors_about_its_parts_is_a_post() -> None:
    line = (
        b'{"data":{"id":"17","author_id":"5"},"errors":[{"title":"Not Found Error","value":"3"}]}'
    )

    assert read_line(line, received_at=9) == Event(line, "x", 9, key=b"5", event_id="x:17")


@pytest.mark.parametrize(
    ("line", "notice"),
    [
        (
            b'{"errors":[{"title":"operational-disconnect","disconnect_type":"UpstreamOperationalDisconnect",'
            b'"detail":"disconnected upstream"}]}',
            Notice("disconnected upstream", ends_stream=True),
        ),
        (
            b'{"errors":[{"title":"ConnectionException","connection_issue":"TooManyConnections"}]}',
            Notice("ConnectionException", ends_stream=True),
        ),
        (b'{"errors":[{"title":"usage-capped"}]}', Notice("usage-capped", ends_stream=False)),
        (b'{"errors":["odd"]}', Notice("no words", ends_stream=False)),
        (b'{"errors":"odd"}', Notice("no words", ends_stream=False)),
    ],
)
def test_errors_without_a_post_are_a_notice(line: bytes, notice: Notice) -> None:
    assert read_line(line, received_at=9) == notice


def test_more_tags_than_a_header_holds_are_cut() -> None:
    rules = b",".join(b'{"id":"%d","tag":"%s"}' % (number, b"x" * 1000) for number in range(1000))

    message = read_line(b'{"data":{"id":"17"},"matching_rules":[' + rules + b"]}", received_at=9)

    assert isinstance(message, Event)
    assert message.rules == ("x" * 255,) * 100
