import pytest

from spark_jobs.decode.usernames import NO_NAME, plain_username


@pytest.mark.parametrize(
    ("original", "plain"),
    [
        ("ana_lima", "ana_lima"),
        ("__init__", "__init__"),
        ("_", "_"),
        ("José 🎸", "José"),
        ("🔥Fire🔥 Station🔥", "Fire Station"),
        ("  two   spaces ", "two spaces"),
        ("line\nbreak\tand tab", "line break and tab"),
        ("علي دخيخ", "علي دخيخ"),
        ("東京タワー", "東京タワー"),
        ("हिन्दी", "हिन्दी"),
        ("Zoe\u0301", "Zoe\u0301"),
        ("O'Neil-Smith, Jr.", "O'Neil-Smith, Jr."),
        ("R2-D2", "R2-D2"),
        # a keycap is a digit, a variation selector and an enclosing mark: the digit is text
        ("1\ufe0f\u20e3st", "1st"),
        # flags, skin tones and joined families leave nothing behind
        ("Ana 🇧🇷👍🏽👩‍👩‍👧", "Ana"),
        ("€uro ™", "uro"),
        # a direction mark would turn the chart's text around
        ("\u202eabc\u202c", "abc"),
    ],
)
def test_emoji_and_symbols_leave_and_the_text_of_every_script_stays(
    original: str, plain: str
) -> None:
    assert plain_username(original) == plain


@pytest.mark.parametrize(
    "original", ["🔥", "🔥 🔥", "👩‍👩‍👧‍👦", "❤️", "🇫🇷", " ", "", "\u200d", "\x00", "\ue000"]
)
def test_a_name_of_which_nothing_is_left_is_no_name(original: str) -> None:
    assert plain_username(original) == NO_NAME == "No name"
