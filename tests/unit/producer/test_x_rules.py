from pathlib import Path
from typing import Any

import pytest
from stand_ins.x_api_rules import RuleBook
from tweepy import StreamRule

from producer.sources.x.rules import Rule, reconcile, wanted_rules
from tidemark.errors import SettingsError, SourceError
from tidemark.settings import XSettings


class Endpoint:
    """The rules of the stand-in, without HTTP."""

    def __init__(self, *rules: tuple[str, str | None]) -> None:
        self.book = RuleBook()
        for value, tag in rules:
            self.book.put(value, tag)
        self.calls: list[str] = []

    def get_rules(self) -> dict[str, Any]:
        return self.book.listed()

    def add_rules(self, add: list[StreamRule]) -> dict[str, Any]:
        self.calls.append(f"add {len(add)}")
        return self.book.changed({"add": [{"value": rule.value, "tag": rule.tag} for rule in add]})[
            1
        ]

    def delete_rules(self, ids: list[str]) -> dict[str, Any]:
        self.calls.append(f"delete {len(ids)}")
        return self.book.changed({"delete": {"ids": ids}})[1]


def test_each_keyword_is_a_rule_with_itself_as_tag() -> None:
    settings = XSettings(
        track=["kafka", "#Spark", "élection", "big data", "c++ news", "this OR that", 'say "hi"']
    )

    assert wanted_rules(settings) == [
        Rule("kafka", "kafka"),
        Rule("#Spark", "#Spark"),
        Rule("élection", "élection"),
        Rule("big data", "big data"),
        Rule('"c++" news', "c++ news"),
        Rule('this "OR" that', "this OR that"),
        Rule("say hi", 'say "hi"'),
    ]


def test_a_file_holds_rules_with_or_without_tags_and_comments(tmp_path: Path) -> None:
    file = tmp_path / "rules.txt"
    file.write_text(
        '# our rules\n\nlake: "delta lake" -is:retweet\n#kafka lang:en\nfrom:apachekafka\n  tea, milk  \n'
    )

    assert wanted_rules(XSettings(rules_file=file)) == [
        Rule('"delta lake" -is:retweet', "lake"),
        Rule("#kafka lang:en", "#kafka lang:en"),
        Rule("from:apachekafka", "from:apachekafka"),
        Rule("tea, milk", "tea  milk"),
    ]


def test_languages_limit_every_rule(tmp_path: Path) -> None:
    file = tmp_path / "rules.txt"
    file.write_text("pets: cat OR dog\n")

    one = wanted_rules(XSettings(track=["kafka"], rules_file=file, languages=["en"]))
    two = wanted_rules(XSettings(track=["kafka"], rules_file=file, languages=["en", "fr"]))

    assert one == [Rule("kafka lang:en", "kafka"), Rule("(cat OR dog) lang:en", "pets")]
    assert two == [
        Rule("kafka (lang:en OR lang:fr)", "kafka"),
        Rule("(cat OR dog) (lang:en OR lang:fr)", "pets"),
    ]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (XSettings(), "set TIDEMARK_X__TRACK or TIDEMARK_X__RULES_FILE"),
        (XSettings(track=[" "], languages=["en"]), "there is no rule"),
        (
            XSettings(track=[f"word{number}" for number in range(1001)]),
            "1001 rules, and X takes 1000",
        ),
        (XSettings(track=["x" * 1025]), "has 1025 characters"),
        (XSettings(rules_file=Path("/nowhere/rules.txt")), "TIDEMARK_X__RULES_FILE cannot be read"),
    ],
    ids=["none", "languages alone", "too many", "too long", "no file"],
)
def test_rules_that_cannot_work_are_named_before_x_is_asked(
    settings: XSettings, message: str
) -> None:
    with pytest.raises(SettingsError, match=message):
        wanted_rules(settings)


def test_the_endpoint_ends_up_with_the_wanted_rules_and_no_others() -> None:
    endpoint = Endpoint(
        ("kafka", "kafka"), ("old", "old"), ("spark", "another tag"), ("untagged", None)
    )

    reconcile(
        endpoint, [Rule("kafka", "kafka"), Rule("spark", "spark"), Rule("untagged", "untagged")]
    )

    assert endpoint.book.values() == [
        ("kafka", "kafka"),
        ("spark", "spark"),
        ("untagged", "untagged"),
    ]
    assert endpoint.calls == ["delete 3", "add 2"]


def test_rules_that_are_right_are_not_touched() -> None:
    endpoint = Endpoint(("kafka", "kafka"))

    reconcile(endpoint, [Rule("kafka", "kafka")])

    assert endpoint.calls == []


def test_a_rule_that_another_run_added_in_the_meantime_is_fine() -> None:
    class Racing(Endpoint):
        def get_rules(self) -> dict[str, Any]:
            before = super().get_rules()
            self.book.put("kafka", "kafka")
            return before

    endpoint = Racing()

    reconcile(endpoint, [Rule("kafka", "kafka")])

    assert endpoint.book.values() == [("kafka", "kafka")]


def test_a_rule_that_x_refuses_in_a_friendly_answer_is_an_error_with_its_words() -> None:
    with pytest.raises(
        SourceError, match=r"refuses 1 of our rules.*'\(kafka': missing closing parenthesis"
    ):
        reconcile(Endpoint(), [Rule("(kafka", "kafka"), Rule("spark", "spark")])
