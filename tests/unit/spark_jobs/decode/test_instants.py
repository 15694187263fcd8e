from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from spark_jobs.decode.instants import epoch_ms, iso_ms, snowflake_ms, v1_ms


def ms(*parts: int, milliseconds: int = 0) -> int:
    return int(datetime(*parts, tzinfo=UTC).timestamp()) * 1_000 + milliseconds  # type: ignore[misc, arg-type]


@pytest.mark.parametrize(
    ("text", "instant_ms"),
    [
        ("2021-09-22T16:38:35.123Z", ms(2021, 9, 22, 16, 38, 35, milliseconds=123)),
        ("2021-09-22T16:38:35Z", ms(2021, 9, 22, 16, 38, 35)),
        ("2021-09-22T16:38:35.1Z", ms(2021, 9, 22, 16, 38, 35, milliseconds=100)),
        ("2021-09-22T16:38:35.123999Z", ms(2021, 9, 22, 16, 38, 35, milliseconds=123)),
        ("2021-09-22T16:38:35.123999999Z", ms(2021, 9, 22, 16, 38, 35, milliseconds=123)),
        ("2021-09-22T16:38:35+00:00", ms(2021, 9, 22, 16, 38, 35)),
        ("2021-09-22T16:38:35.123+05:30", ms(2021, 9, 22, 11, 8, 35, milliseconds=123)),
        ("2021-09-22T23:59:59-08:00", ms(2021, 9, 23, 7, 59, 59)),
        ("2024-02-29T00:00:00.000Z", ms(2024, 2, 29)),
        ("1970-01-01T00:00:00.000Z", 0),
        ("1970-01-01T01:00:00+01:00", 0),
        ("9999-12-31T23:59:59.999Z", 253_402_300_799_999),
        # Without a zone it is UTC.
        ("2021-09-22T16:38:35", ms(2021, 9, 22, 16, 38, 35)),
        ("2021-09-22T16:38:35.123", ms(2021, 9, 22, 16, 38, 35, milliseconds=123)),
    ],
)
def test_iso_times_are_read_in_any_zone_to_the_millisecond(text: str, instant_ms: int) -> None:
    assert iso_ms(text) == instant_ms


@pytest.mark.parametrize(
    ("text", "instant_ms"),
    [
        ("Sat Mar 10 14:03:15 +0000 2018", ms(2018, 3, 10, 14, 3, 15)),
        ("Wed Aug 27 13:08:45 +0000 2008", ms(2008, 8, 27, 13, 8, 45)),
        ("Thu Feb 29 23:59:59 +0000 2024", ms(2024, 2, 29, 23, 59, 59)),
        ("Tue Dec 31 23:30:00 -0130 2019", ms(2020, 1, 1, 1)),
        ("Wed Jan 01 05:00:00 +0530 2020", ms(2019, 12, 31, 23, 30)),
        # As tools that made recordings over wrote it.
        ("2018-03-10T14:03:15.000Z", ms(2018, 3, 10, 14, 3, 15)),
        ("2018-03-10 14:03:15+00:00", ms(2018, 3, 10, 14, 3, 15)),
    ],
)
def test_times_of_v1_are_read_whatever_the_locale(text: str, instant_ms: int) -> None:
    assert v1_ms(text) == instant_ms


def test_every_month_of_v1_has_its_number() -> None:
    written = [datetime(2025, month, 7, 1, 2, 3, tzinfo=UTC) for month in range(1, 13)]

    read = [v1_ms(moment.strftime("%a %b %d %H:%M:%S +0000 %Y")) for moment in written]

    assert read == [int(moment.timestamp()) * 1_000 for moment in written]


@pytest.mark.parametrize(
    ("post_id", "made_ms"),
    [
        ("1440717169611505669", ms(2021, 9, 22, 16, 38, 35, milliseconds=123)),
        (str(2**40), (2**40 >> 22) + 1_288_834_974_657),
        (str(2**63 - 1), (2**63 - 1 >> 22) + 1_288_834_974_657),
        (str(2**40 - 1), None),
        (str(2**63), None),
        ("7112", None),
        ("", None),
        ("-1", None),
        ("at://did/post/3k", None),
        ("9" * 5_000, None),
    ],
)
def test_an_id_of_x_tells_when_it_was_made_since_ids_have_times(
    post_id: str, made_ms: int | None
) -> None:
    assert snowflake_ms(post_id) == made_ms


def test_milliseconds_in_a_string_are_read() -> None:
    assert [epoch_ms("0"), epoch_ms("1520690595660")] == [0, 1_520_690_595_660]


@pytest.mark.parametrize(
    ("read", "text"),
    [
        (iso_ms, ""),
        (iso_ms, "yesterday"),
        (iso_ms, "2021-02-30T00:00:00Z"),
        (iso_ms, "2021-09-22T24:00:01Z"),
        (iso_ms, "1969-12-31T23:59:59.999Z"),
        (iso_ms, "1970-01-01T00:00:00+01:00"),
        (iso_ms, "9999-12-31T23:59:59-01:00"),
        (iso_ms, "0001-01-01T00:00:00+23:59"),
        (iso_ms, "10000-01-01T00:00:00Z"),
        (v1_ms, ""),
        (v1_ms, "Sat Mar 10 14:03:15 2018"),
        (v1_ms, "Sat Mrz 10 14:03:15 +0000 2018"),
        (v1_ms, "Sat Feb 30 14:03:15 +0000 2018"),
        (v1_ms, "Sat Mar 10 14:03:15 +0000 0000"),
        (v1_ms, "Sat Mar 10 14:03:15 +0000 1918"),
        (v1_ms, "Sat Mar 10 14:03:15 UTC 2018"),
        (v1_ms, "Sat Mar 10 14:03:15 +0000 2018 "),
        (epoch_ms, ""),
        (epoch_ms, "-1"),
        (epoch_ms, "253402300800000"),
        (epoch_ms, "12.5"),
        (epoch_ms, "9" * 5_000),
    ],
)
def test_what_is_no_time_between_1970_and_9999_is_a_value_error(
    read: Callable[[str], int], text: str
) -> None:
    with pytest.raises(ValueError, match=r".+"):
        read(text)
