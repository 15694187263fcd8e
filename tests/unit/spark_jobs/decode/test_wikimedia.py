"""Wikimedia's recent changes: every type, and all that real ones are known to leave out or write
otherwise."""

from typing import Any

import msgspec
import pytest
from edit_payloads import EDIT_AT_S, change
from payloads import as_ascii, as_bytes

from spark_jobs.decode.edit import OTHER, TYPES, Edit
from spark_jobs.decode.post import Rejected
from spark_jobs.decode.wikimedia import decode_wikimedia
from tidemark.contracts.oddities import Oddity
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


@pytest.mark.parametrize(
    "log_params", [{}, {"userid": 47_019_178}, [], ["a", None], "4::", None, 7]
)
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


@pytest.mark.parametrize(
    "user", ["87.12.215.232", "2800:150:102:175:38D5:56B9:2BA:5009", "~2026-12345-6", "Ада 🌊"]
)
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
        ({}, Reason.NOT_AN_EDIT, "it has no type"),
        ({"error": "too many connections"}, Reason.NOT_AN_EDIT, "it has no type"),
        (change(type=None), Reason.NOT_AN_EDIT, "it has no type"),
        (change(type=""), Reason.NOT_AN_EDIT, "it has no type"),
        (change(wiki=None), Reason.NOT_AN_EDIT, "it names no wiki"),
        (change(wiki=""), Reason.NOT_AN_EDIT, "it names no wiki"),
        (
            change() | {"meta": {"id": "e-1", "domain": "canary"}},
            Reason.NOT_AN_EDIT,
            "a canary of the stream",
        ),
        (change(meta=None), Reason.NO_ID, None),
        (change(""), Reason.NO_ID, None),
        (change(dt=None, timestamp=None), Reason.NO_CREATED_AT, None),
        (
            change(dt="soon", timestamp=None),
            Reason.BAD_CREATED_AT,
            "Invalid isoformat string: 'soon'",
        ),
        (change(dt=None, timestamp=-1), Reason.BAD_CREATED_AT, "outside 1970 to 9999: -1000 ms"),
        (change("x" * 65), Reason.TOO_LONG, "edit_id has 65 characters, the column holds 64"),
        (change(wiki="x" * 65), Reason.TOO_LONG, "wiki has 65 characters, the column holds 64"),
        (
            change() | {"meta": {"id": 7}},
            Reason.BAD_FIELD,
            "Expected `str | null`, got `int` - at `$.meta.id`",
        ),
        (change(wiki=["enwiki"]), Reason.NOT_AN_EDIT, "it names no wiki"),
    ],
)
def test_what_is_no_edit_has_a_reason_and_says_what_was_found(
    payload: Any, reason: Reason, detail: str | None
) -> None:
    assert refused(payload) == (reason, detail)


SIZES_UNKNOWN = {"size_old": None, "size_new": None}


@pytest.mark.parametrize(
    ("changes", "columns", "odd"),
    [
        ({"title": "x" * 401}, {"title": None}, Oddity.TOO_LONG),
        ({"user": "x" * 256}, {"user_name": None}, Oddity.TOO_LONG),
        ({"title": ["Tide"]}, {"title": None}, Oddity.BAD_TYPE),
        ({"title": "Tide \ud83c"}, {"title": "Tide \ufffd"}, Oddity.LONE_SURROGATE),
        ({"user": 7}, {"user_name": None}, Oddity.BAD_TYPE),
        ({"bot": "no"}, {}, Oddity.BAD_TYPE),
        ({"minor": 1}, {"is_minor": False}, Oddity.BAD_TYPE),
        ({"namespace": -(2**31) - 1}, {"namespace": None}, Oddity.BAD_COUNT),
        ({"namespace": 1.5}, {"namespace": None}, Oddity.BAD_TYPE),
        # Nothing may be added to a sum that is not known to be true: a new page has no old size,
        # this one had.
        ({"length": {"old": -1, "new": 1}}, SIZES_UNKNOWN, Oddity.BAD_COUNT),
        ({"length": {"old": "much", "new": 1}}, SIZES_UNKNOWN, Oddity.BAD_TYPE),
        ({"length": {"old": 100, "new": 2**31}}, {"size_new": None}, Oddity.BAD_COUNT),
        ({"length": []}, SIZES_UNKNOWN, Oddity.BAD_TYPE),
        ({"type": "x" * 17}, {"type": OTHER}, Oddity.TOO_LONG),
        ({"type": "été"}, {"type": OTHER}, Oddity.TOO_LONG),
    ],
)
def test_an_edit_with_an_odd_field_is_stored_without_it_and_the_oddity_is_told(
    changes: dict[str, Any], columns: dict[str, Any], odd: Oddity
) -> None:
    edit = decode_wikimedia(as_ascii(change() | changes))

    assert edit == msgspec.structs.replace(THE_EDIT, **columns, odd=frozenset({odd}))
    if "size_new" in columns:
        assert (edit.bytes_added, edit.bytes_removed) == (None, None)


@pytest.mark.parametrize("kind", ["142", "flow", "wikibase-remote"])
def test_a_type_that_an_extension_brought_is_that_of_the_edit(kind: str) -> None:
    assert decoded(change(type=kind)) == msgspec.structs.replace(THE_EDIT, type=kind)


def test_a_new_page_whose_title_was_cut_has_its_bytes_all_the_same() -> None:
    edit = decode_wikimedia(as_ascii(change(kind="new", title="Tide \ud83c")))

    assert isinstance(edit, Edit)
    assert (edit.title, edit.bytes_added) == ("Tide \ufffd", 181)


def test_numbers_may_be_written_as_text() -> None:
    said = change(
        dt=None, namespace="0", timestamp=str(EDIT_AT_S), length={"old": "100", "new": "158"}
    )

    assert decoded(said) == msgspec.structs.replace(THE_EDIT, created_at_ms=EDIT_AT_S * 1_000)


@pytest.mark.parametrize("dt", ["soon", "", "1185-04-01T00:00:00Z"])
def test_where_metas_time_is_none_the_wikis_own_counts(dt: str) -> None:
    edit = decoded(change(dt=dt))

    assert (edit.created_at_ms, edit.odd) == (EDIT_AT_S * 1_000, frozenset({Oddity.BAD_DATE}))


def test_a_time_without_a_zone_is_utc() -> None:
    assert decoded(change(dt="2026-03-01T12:34:56.789")) == THE_EDIT


def test_the_longest_texts_and_numbers_fit() -> None:
    edit = decoded(
        change("x" * 64, wiki="w" * 64, title="t" * 400, user="u" * 255, length={"new": 2**31 - 1})
    )

    assert edit.bytes_added == 2**31 - 1
