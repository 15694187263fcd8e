import json

import pytest

from tidemark.contracts.surrogates import without_halves


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (rb'"\ud83d\ude00"', "😀"),
        (rb'"\uD83D\uDE00x"', "😀x"),
        (rb'"a\ud83d"', "a\ufffd"),
        (rb'"\ude00a"', "\ufffda"),
        (rb'"\ud83d\ud83d\ude00"', "\ufffd😀"),
        (rb'"\\ud83d"', "\\ud83d"),
        (rb'"\\\ud83d"', "\\\ufffd"),
        (rb'"\ud83d\\ude00"', "\ufffd\\ude00"),
        (rb'"\u00e9\n\ud7ff\ue000"', "é\n\ud7ff\ue000"),
    ],
)
def test_half_of_a_character_becomes_the_mark_of_what_is_missing(written: bytes, read: str) -> None:
    assert json.loads(without_halves(written)) == read
