import random
from unicodedata import normalize

import pytest

from spark_jobs.decode import hashtags
from spark_jobs.decode.hashtags import distinct_hashtags, pack
from tidemark.contracts.hashtags import HASHTAG_LIMIT, SEPARATOR, hashtag_key
from tidemark.contracts.oddities import Oddity


@pytest.mark.parametrize(
    ("spellings", "key"),
    [
        (["Kafka", "KAFKA", "kafka"], "kafka"),
        (["Straße", "STRASSE", "strasse", "STRAẞE"], "strasse"),
        # é as one character, and as e with a combining accent
        (["Caf\u00e9", "CAFE\u0301", "cafe\u0301", "CAF\u00c9"], "caf\u00e9"),
        # final sigma at the end, capital sigma, sigma within
        (["Οδυσσεύς", "ΟΔΥΣΣΕΎΣ", "οδυσσεύσ"], "οδυσσεύσ"),
        # marks in either order; normalised they are in one
        (["q\u0307\u0323", "q\u0323\u0307", "Q\u0323\u0307"], "q\u0323\u0307"),
        (["ﬁat", "FIAT"], "fiat"),
        (["한국", normalize("NFD", "한국")], "한국"),
        (["مرحبا"], "مرحبا"),
        (["東京"], "東京"),
        (["हिन्दी"], "हिन्दी"),
        (["2026"], "2026"),
        # full width, as people type who write Japanese
        (["ＫＡＦＫＡ", "ｋａｆｋａ"], "kafka"),
        (["ｶﾌｶ", "カフカ"], "カフカ"),
        # İ casefolds to i with a dot above, which nobody writes
        (
            ["İstanbul", "istanbul", "Istanbul", "I\u0307stanbul", "i\u0307\u0307stanbul"],
            "istanbul",
        ),
        # signs and blanks around it
        (
            [
                "tide",
                "tide ",
                " tide",
                "\u00a0tide\u3000",
                "#tide",
                "＃tide",
                "﹟ＴＩＤＥ",
                "# #tide\n",
                "\ttide\x1c",
            ],
            "tide",
        ),
        (["c#", "C＃", "#c#"], "c#"),
    ],
)
def test_spellings_of_one_word_have_one_key(spellings: list[str], key: str) -> None:
    assert {hashtag_key(spelling) for spelling in spellings} == {key}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        # Casefolding keeps the dotless ı apart from i.
        ("ılık", "ilik"),
        ("low tide", "lowtide"),
        ("q\u0307", "q"),
        ("cafe", "café"),
        ("東京", "东京"),
        ("か", "カ"),
    ],
)
def test_words_that_only_look_alike_have_keys_of_their_own(one: str, other: str) -> None:
    assert hashtag_key(one) != hashtag_key(other)


CHARACTERS = [chr(point) for point in range(0x20000) if not 0xD800 <= point < 0xE000]
AWKWARD = [
    *"#＃﹟ \u00a0\u3000\x1f\t\niIİıßẞﬁﬃ´¨ǰΐſK",
    *map(chr, range(0x300, 0x370)),
    "\u200d",
    "\ufdfa",
    "a",
    "ﾞ",
    "ｶ",
]


def test_a_key_is_its_own_key_for_every_character() -> None:
    unstable = [c for c in CHARACTERS if hashtag_key(hashtag_key(c)) != hashtag_key(c)]

    assert unstable == []


def test_a_key_of_whatever_letters_is_its_own_key_and_so_is_that_of_what_is_shown() -> None:
    dice = random.Random(7)
    for _ in range(8_000):
        letters = dice.choices(AWKWARD, k=dice.randint(1, 6)) + dice.choices(
            CHARACTERS, k=dice.randint(0, 3)
        )
        dice.shuffle(letters)
        spelling = "".join(letters)
        key = hashtag_key(spelling)

        assert hashtag_key(key) == key, spelling
        shown, _ = distinct_hashtags([spelling])
        assert [hashtag_key(one) for one in shown] == (
            [key] if key and SEPARATOR not in key else []
        ), spelling


def test_no_post_has_a_hashtag_that_is_empty_or_too_long_or_begins_with_a_sign_or_ends_in_a_blank() -> (
    None
):
    dice = random.Random(11)
    for _ in range(800):
        written = [
            "".join(dice.choices(AWKWARD, k=dice.choice([1, 2, 5, 90, 256, 600]))) for _ in range(4)
        ]
        shown, odd = distinct_hashtags(written)
        keys = [hashtag_key(spelling) for spelling in shown]

        assert len(set(keys)) == len(keys)
        for text in (*keys, *shown):
            assert 0 < len(text) <= HASHTAG_LIMIT, written
            assert text == text.strip()
            assert text[0] not in "#＃﹟"
            assert SEPARATOR not in text
        assert odd <= {Oddity.BAD_HASHTAG}


def test_of_several_spellings_of_one_key_the_first_stays_without_its_sign_and_blanks() -> None:
    assert distinct_hashtags([" #Tide", "tide", "ebb", "TIDE ", "＃Ｅｂｂ"]) == (
        ("Tide", "ebb"),
        frozenset(),
    )


def test_what_is_nothing_but_signs_and_blanks_is_no_hashtag_and_is_not_odd() -> None:
    assert distinct_hashtags(["", " ", "#", "＃ #", "tide"]) == (("tide",), frozenset())


def test_a_spelling_too_long_for_its_column_is_shown_as_its_key_where_that_fits() -> None:
    spelling = "e\u0301" * 200

    assert distinct_hashtags([spelling]) == (("é" * 200,), frozenset())


def test_a_post_has_its_first_hundred_hashtags() -> None:
    tags = [f"t{number}" for number in range(101)]

    assert distinct_hashtags(tags[:100]) == (tuple(tags[:100]), frozenset())
    assert distinct_hashtags(tags) == (tuple(tags[:100]), frozenset({Oddity.MANY_HASHTAGS}))
    # Another spelling of one that is there is none too many.
    assert distinct_hashtags([*tags[:100], "T7"]) == (tuple(tags[:100]), frozenset())


def test_rows_are_packed_by_key_with_the_spellings_where_they_differ() -> None:
    tags = tuple(f"T{number}" for number in range(70))

    assert pack((), 0) == (0, None, None)
    assert pack(("tide", "東京"), 0) == (2, "tide\x1f東京", None)
    assert pack(("Tide", "ebb"), 0) == (2, "tide\x1febb", "Tide\x1febb")
    assert pack(tags, 64) == (6, "\x1f".join(tags[64:]).lower(), "\x1f".join(tags[64:]))


def test_a_hostile_spelling_is_not_remembered() -> None:
    cache = hashtags._cached  # noqa: SLF001
    before = cache.cache_info().currsize

    distinct_hashtags(["#" * 300 + "seldom seen", "seldom " * 100])

    assert cache.cache_info().currsize == before


def test_a_key_is_normalised_also_where_casefolding_undoes_it() -> None:
    keys = [hashtag_key(chr(point) + "\u0345") for point in range(0x370, 0x400)]

    assert keys == [normalize("NFKC", key) for key in keys]
