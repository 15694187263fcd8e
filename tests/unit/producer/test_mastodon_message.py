import json
from typing import Any

import pytest
from mastodon_payloads import account, id_of, status
from payloads import as_bytes
from recordings import recorded_lines

from producer.sources.mastodon.payload import (
    earlier,
    latest,
    order,
    read_delete,
    read_status,
    statuses_of,
)
from tidemark.contracts.events import Event


def test_every_recorded_status_tells_its_id_and_its_author() -> None:
    lines = [line.rstrip(b"\n") for line in recorded_lines("mastodon_statuses")]

    for line in lines:
        found = json.loads(line)
        version = f"@{found['edited_at']}" if found["edited_at"] else ""
        message = read_status(line, received_at=7, rules=("a",))

        assert message.post_id == found["id"]
        assert message.event == Event(
            line,
            "mastodon",
            7,
            found["account"]["uri"].encode(),
            f"ma:{found['uri']}{version}",
            ("a",),
        )


def test_a_page_is_its_statuses_byte_for_byte_oldest_first() -> None:
    lines = [line.rstrip(b"\n") for line in recorded_lines("mastodon_statuses")]

    assert statuses_of(b"[" + b" ,\n".join(reversed(lines)) + b"]") == lines
    assert statuses_of(b"[]") == []


@pytest.mark.parametrize(
    "page", [b"", b"{}", b'{"error":"no"}', b"[1", b"[1,]", b"null", b"<html>"]
)
def test_what_is_no_list_is_no_page(page: bytes) -> None:
    with pytest.raises(ValueError, match="no list of statuses"):
        statuses_of(page)


def test_an_author_without_uri_is_known_by_url_or_name() -> None:
    lacking: list[dict[str, Any]] = [{"uri": None}]
    lacking += [lacking[0] | {"url": None}, lacking[0] | {"url": None, "acct": None}]

    keys = [
        read_status(as_bytes(status(account=account(**changes))), received_at=7, rules=()).event.key
        for changes in lacking
    ]

    assert keys == [b"https://made.up/@ana", b"ana", None]


@pytest.mark.parametrize(
    "payload", [b"", b"{", b"7", b"[]", b'{"id":7}', b'{"account":"ana"}', b"\xff", b"[" * 9999]
)
def test_of_what_is_no_status_nothing_is_known(payload: bytes) -> None:
    message = read_status(payload, received_at=7, rules=())

    assert message == (Event(payload, "mastodon", 7), None, "")


def test_a_delete_is_known_by_the_instance_because_its_id_means_nothing_elsewhere() -> None:
    known = read_delete(b"108914398911648589", received_at=7, host="made.up", rules=())
    odd = read_delete(b"{}", received_at=7, host="made.up", rules=())

    assert known.event == Event(
        b"108914398911648589", "mastodon", 7, event_id="ma:del:made.up:108914398911648589"
    )
    assert (odd.event.event_id, odd.post_id) == (None, None)


def test_ids_are_in_the_order_of_their_length_and_then_of_their_letters() -> None:
    assert sorted(["10", "9", "100", "0"], key=order) == ["0", "9", "10", "100"]
    assert latest(None, "9", "10") == "10"
    assert latest(None) is None


def test_an_id_tells_its_time_where_it_is_one_of_mastodons() -> None:
    assert earlier(id_of(1), 60_000) == id_of(0)
    assert [earlier(other, 60_000) for other in ("0", "7", "01F8MH75CBF9JFX4ZAD54N0W0R")] == [
        "0",
        "7",
        "01F8MH75CBF9JFX4ZAD54N0W0R",
    ]
