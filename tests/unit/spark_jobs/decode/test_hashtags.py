from unicodedata import normalize

import pytest

from spark_jobs.decode.hashtags import hashtag_key


@pytest.mark.parametrize(
    ("spellings", "key"),
    [
        (["Kafka", "KAFKA", "kafka"], "kafka"),
        (["Straße", "STRASSE", "strasse", "STRAẞE"], "strasse"),
        # é as one character, and as e with a combining accent
        (["Caf\u00e9", "CAFE\u0301", "cafe\u0301", "CAF\u00c9"], "caf\u00e9"),
        # final sigma at the end, capital sigma, sigma within
        (["Οδυσσεύς", "ΟΔΥΣΣΕΎΣ", "οδυσσεύσ"], "οδυσσεύσ"),
        # marks in either order; NFC puts them into one
        (["q\u0307\u0323", "q\u0323\u0307", "Q\u0323\u0307"], "q\u0323\u0307"),
        (["ﬁat", "FIAT"], "fiat"),
        (["한국", normalize("NFD", "한국")], "한국"),
        (["مرحبا"], "مرحبا"),
        (["東京"], "東京"),
        (["हिन्दी"], "हिन्दी"),
        (["2026"], "2026"),
    ],
)
def test_spellings_of_one_word_have_one_key(spellings: list[str], key: str) -> None:
    assert {hashtag_key(spelling) for spelling in spellings} == {key}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        # Casefolding keeps the dot of the Turkish İ, and the dotless ı, apart from i.
        ("İstanbul", "istanbul"),
        ("ılık", "ilik"),
        ("cafe", "café"),
        # Full-width letters are others: NFC, not NFKC.
        ("ＫＡＦＫＡ", "kafka"),
        ("東京", "东京"),
        ("か", "カ"),
    ],
)
def test_words_that_only_look_alike_have_keys_of_their_own(one: str, other: str) -> None:
    assert hashtag_key(one) != hashtag_key(other)


def test_a_key_is_its_own_key_for_every_character() -> None:
    characters = [chr(point) for point in range(0x20000) if not 0xD800 <= point < 0xE000]

    unstable = [c for c in characters if hashtag_key(hashtag_key(c)) != hashtag_key(c)]

    assert unstable == []


def test_a_key_is_normalised_also_where_casefolding_undoes_it() -> None:
    keys = [hashtag_key(chr(point) + "\u0345") for point in range(0x370, 0x400)]

    assert keys == [normalize("NFC", key) for key in keys]
