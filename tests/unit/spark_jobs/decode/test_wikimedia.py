"""Wikimedia's recent changes: every type, and all that real ones are known to leave out or write otherwise."""

from typing import Any

import msgspec
import pytest
from edit_payloads import EDIT_AT_S, change
from payloads import as_bytes

from spark_jobs.decode.edit import TYPES, Edit
from spark_jobs.decode.post import Rejected
from spark_jobs.decode.wikimedia import decode_wikimedia
from tidemark.contracts.reasons import Reason

AT_MS = 1_772_368_496_789

THE_EDIT = Edit(
    edit_id="e-1",
    wiki="enwiki",
    type="edit",
    title="Tide",
    namespace=0,
    user_name="Ana Lima",
    is_bot=False,
    is_minor=True,
    size_old=100,
    size_new=158,
    created_at_ms=AT_MS,
)


def decoded(payload: Any) -> Edit:
    found = decode_wikimedia(as_bytes(payload))
    assert isinstance(found, Edit), found
    return found


def refused(payload: Any) -> tuple[Reason, str | None]:
    found = decode_wikimedia(payload if isinstance(payload, bytes) else as_bytes(payload))
    assert isinstance(found, Rejected), found
    return found.reason, found.detail


def test_an_edit_is_read_with_all_that_is_told_of_it() -> None:
    assert decoded(change()) == THE_EDIT
    assert (THE_EDIT.bytes_added, THE_EDIT.bytes_removed) == (58, 0)


def test_each_type_is_an_edit_with_what_its_type_has() -> None:
    found = {kind: decoded(change(kind=kind)) for kind in TYPES}

    assert {kind: edit.type for kind, edit in found.items()} == {kind: kind for kind in TYPES}
    assert {kind: (edit.bytes_added, edit.bytes_removed) for kind, edit in found.items()} == {
        "edit": (58, 0),
        "new": (181, 0),
        "categorize": (None, None),
        "log": (None, None),
        "external": (None, None),
    }
    assert (found["categorize"].title, found["categorize"].namespace) == ("Category:Tides", 14)


@pytest.mark.parametrize(
    ("length", "added", "removed"),
    [
        ({"old": 100, "new": 158}, 58, 0),
        ({"old": 158, "new": 100}, 0, 58),
        ({"old": 470, "new": 470}, 0, 0),
        ({"old": 470, "new": 0}, 0, 470),
        ({"new": 181}, 181, 0),
        ({"old": None, "new": 181}, 181, 0),
        ({"old": 470, "new": None}, None, None),
        ({"old": 470}, None, None),
        ({}, None, None),
        (None, None, None),
    ],
)
def test_bytes_are_what_the_page_grew_or_shrank_by_and_unknown_where_its_size_is(
    length: Any, added: int | None, removed: int | None
) -> None:
    edit = decoded(change(length=length))

    assert (edit.bytes_added, edit.bytes_removed) == (added, removed)


@pytest.mark.parametrize("log_params", [{}, {"userid": 47_019_178}, [], ["a", None], "4::", None, 7])
def test_log_params_may_be_anything(log_params: Any) -> None:
    assert decoded(change(kind="log", log_params=log_params)) == decoded(change(kind="log"))


@pytest.mark.parametrize("number", [1, None, "1", 2**70])
def test_the_number_among_recent_changes_may_be_anything_or_missing(number: Any) -> None:
    without = change()
    del without["id"]

    assert decoded(change(id=number)) == decoded(without) == THE_EDIT


def test_an_event_of_2019_names_its_schema_in_meta_and_its_time_with_an_offset() -> None:
    event = change(dt="2019-07-01T10:20:30+00:00")
    event["meta"]["schema_uri"] = event.pop("$schema")

    assert decoded(event) == msgspec.structs.replace(THE_EDIT, created_at_ms=1_561_976_430_000)


IF_MISSING: dict[str, dict[str, bool | None]] = {
    "user": {"user_name": None},
    "title": {"title": None},
    "namespace": {"namespace": None},
    "bot": {"is_bot": False},
    "minor": {"is_minor": False},
    "length": {"size_old": None, "size_new": None},
}


@pytest.mark.parametrize("name", IF_MISSING)
def test_what_may_be_missing_is_unknown_or_no_flag(name: str) -> None:
    null, gone, empty = change(), change(), change()
    null[name] = None
    del gone[name]

    expected = msgspec.structs.replace(THE_EDIT, **IF_MISSING[name])
    assert decoded(null) == decoded(gone) == expected
    if name in ("user", "title"):
        empty[name] = ""
        assert decoded(empty) == expected


@pytest.mark.parametrize("user", ["87.12.215.232", "2800:150:102:175:38D5:56B9:2BA:5009", "~2026-12345-6", "Ада 🌊"])
def test_an_address_a_temporary_account_and_any_script_are_names(user: str) -> None:
    assert decoded(change(user=user)).user_name == user


@pytest.mark.parametrize(
    ("dt", "at_ms"),
    [
        ("2023-07-29T07:51:39Z", 1_690_617_099_000),
        ("2026-02-18T14:54:14.407Z", 1_771_426_454_407),
        ("2019-07-01T12:20:30+02:00", 1_561_976_430_000),
    ],
)
def test_an_edit_was_made_when_meta_says(dt: str, at_ms: int) -> None:
    assert decoded(change(dt=dt)).created_at_ms == at_ms


def test_without_metas_time_the_wikis_own_counts_in_seconds() -> None:
    assert decoded(change(dt=None)).created_at_ms == EDIT_AT_S * 1_000


@pytest.mark.parametrize(
    ("payload", "reason", "detail"),
    [
        (b"[]", Reason.NOT_AN_EDIT, "Expected `object`, got `array`"),
        ({}, Reason.NOT_AN_EDIT, "type is None"),
        ({"error": "too many connections"}, Reason.NOT_AN_EDIT, "type is None"),
        (change(type="142"), Reason.NOT_AN_EDIT, "type is 142"),
        (change(type="x" * 500), Reason.NOT_AN_EDIT, ("type is " + "x" * 500)[:255]),
        (change(wiki=None), Reason.NOT_AN_EDIT, "it names no wiki"),
        (change(wiki=""), Reason.NOT_AN_EDIT, "it names no wiki"),
        (change() | {"meta": {"id": "e-1", "domain": "canary"}}, Reason.NOT_AN_EDIT, "a canary of the stream"),
        (change(meta=None), Reason.NO_ID, None),
        (change(""), Reason.NO_ID, None),
        (change(dt=None, timestamp=None), Reason.NO_CREATED_AT, None),
        (change(dt="soon"), Reason.BAD_CREATED_AT, "Invalid isoformat string: 'soon'"),
        (change(dt="2026-03-01T12:34:56"), Reason.BAD_CREATED_AT, "no time zone: 2026-03-01T12:34:56"),
        (change(dt=None, timestamp=-1), Reason.BAD_CREATED_AT, "outside 1970 to 9999: -1000 ms"),
        (change("x" * 65), Reason.TOO_LONG, "edit_id has 65 characters, the column holds 64"),
        (change(wiki="x" * 65), Reason.TOO_LONG, "wiki has 65 characters, the column holds 64"),
        (change(title="x" * 401), Reason.TOO_LONG, "title has 401 characters, the column holds 400"),
        (change(user="x" * 256), Reason.TOO_LONG, "user_name has 256 characters, the column holds 255"),
        (change(length={"old": -1, "new": 1}), Reason.OUT_OF_RANGE, "length.old is -1"),
        (change(length={"old": 1, "new": 2**31}), Reason.OUT_OF_RANGE, "length.new is 2147483648"),
        (change(namespace=-(2**31) - 1), Reason.OUT_OF_RANGE, "namespace is -2147483649"),
        (change(namespace="0"), Reason.BAD_FIELD, "Expected `int | null`, got `str` - at `$.namespace`"),
        (change(bot="no"), Reason.BAD_FIELD, "Expected `bool | null`, got `str` - at `$.bot`"),
    ],
)
def test_what_is_no_edit_has_a_reason_and_says_what_was_found(payload: Any, reason: Reason, detail: str | None) -> None:
    assert refused(payload) == (reason, detail)


def test_the_longest_texts_and_numbers_fit() -> None:
    edit = decoded(change("x" * 64, wiki="w" * 64, title="t" * 400, user="u" * 255, length={"new": 2**31 - 1}))

    assert edit.bytes_added == 2**31 - 1
