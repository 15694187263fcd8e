"""Which posts X shall send: the rules we want, and the ones its endpoint has."""

import logging
import re
from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple, Protocol

from tweepy import StreamRule

from tidemark.errors import SettingsError, SourceError
from tidemark.settings import XSettings, variable

log = logging.getLogger(__name__)

_MAX_RULES: Final = 1000
_MAX_CHARACTERS: Final = 1024
_MAX_TAG_CHARS: Final = 255
_TAGGED: Final = re.compile(r"(?P<tag>[^\s:\"()]+):\s+(?P<value>.+)")
_PLAIN_WORD: Final = re.compile(r"[#@$]?\w+")


class Rule(NamedTuple):
    """tag comes back with each post that matched; never empty, because stock readers of X's stream
    need it."""

    value: str
    tag: str


class RulesEndpoint(Protocol):
    """tweepy.StreamingClient with return_type=dict."""

    def get_rules(self) -> dict[str, Any]: ...
    def add_rules(self, add: list[StreamRule]) -> dict[str, Any]: ...
    def delete_rules(self, ids: list[str]) -> dict[str, Any]: ...


def wanted_rules(settings: XSettings) -> list[Rule]:
    """Return one rule for each tracked keyword and each line of the rules file, all limited to the
    languages.

    A line is `tag: value` or a value alone, which is its own tag; empty lines and lines that begin
    with `# ` are left out. A keyword of several words matches posts with all of them.
    """
    rules = [
        Rule(_keyword_value(keyword), _tag(keyword))
        for keyword in settings.track
        if keyword.strip()
    ]
    if settings.rules_file is not None:
        try:
            rules += _parsed(settings.rules_file.read_text(encoding="utf-8").splitlines())
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(f"{variable('x', 'rules_file')} cannot be read: {error}") from error
    rules = list(dict.fromkeys(_in_languages(rule, settings.languages) for rule in rules))
    _check(rules)
    return rules


def reconcile(endpoint: RulesEndpoint, wanted: Sequence[Rule]) -> None:
    """Make the endpoint's rules the wanted ones: it keeps those of every earlier run, and they
    cost.

    SourceError where X refuses one.
    """
    there = {
        str(rule["id"]): Rule(str(rule.get("value")), str(rule.get("tag")))
        for rule in endpoint.get_rules().get("data") or []
    }
    kept = {rule_id: rule for rule_id, rule in there.items() if rule in wanted}
    strange_ids = [rule_id for rule_id in there if rule_id not in kept]
    missing = [rule for rule in wanted if rule not in kept.values()]
    if strange_ids:
        endpoint.delete_rules(
            strange_ids
        )  # what is gone already is an error in the answer, and fine
    if missing:
        answer = endpoint.add_rules(
            [StreamRule(value=rule.value, tag=rule.tag) for rule in missing]
        )
        _raise_refused(answer.get("errors") or [])
    log.info(
        "filter rules updated",
        extra={"kept": len(kept), "added": len(missing), "deleted": len(strange_ids)},
    )


def _raise_refused(errors: list[Any]) -> None:
    refused = [error for error in errors if not _is_duplicate(error)]
    if refused:
        first = refused[0] if isinstance(refused[0], dict) else {"title": str(refused[0])}
        details = (
            "; ".join(map(str, first.get("details") or []))
            or first.get("detail")
            or first.get("title")
        )
        raise SourceError(
            f"X refuses {len(refused)} of our rules, the first: {first.get('value')!r}: {details}; correct it in "
            f"{variable('x', 'rules_file')} or {variable('x', 'track')}"
        )


def _is_duplicate(error: object) -> bool:
    return isinstance(error, dict) and error.get("title") == "DuplicateRule"


def _parsed(lines: Iterable[str]) -> list[Rule]:
    rules = []
    for line in map(str.strip, lines):
        if not line or line.startswith("# ") or line == "#":
            continue
        tagged = _TAGGED.fullmatch(line)
        rules.append(
            Rule(tagged["value"], _tag(tagged["tag"])) if tagged else Rule(line, _tag(line))
        )
    return rules


def _keyword_value(keyword: str) -> str:
    """Wrap what is no plain word in quotes, `c++ news` as `"c++" news`: X would read it as its query
    language."""
    words = (word.replace('"', "") for word in keyword.split())
    return " ".join(
        word if _PLAIN_WORD.fullmatch(word) and word != "OR" else f'"{word}"'
        for word in words
        if word
    )


def _tag(text: str) -> str:
    """Return the text as a tag: tags travel in one header, separated by commas."""
    return text.strip().replace(",", " ")[:_MAX_TAG_CHARS]


def _in_languages(rule: Rule, languages: Sequence[str]) -> Rule:
    if not languages:
        return rule
    value = f"({rule.value})" if " OR " in rule.value else rule.value
    limit = " OR ".join(f"lang:{language}" for language in languages)
    return rule._replace(value=f"{value} ({limit})" if len(languages) > 1 else f"{value} {limit}")


def _check(rules: Sequence[Rule]) -> None:
    if not rules:
        raise SettingsError(
            f"there is no rule, so X would send nothing; set {variable('x', 'track')} or {variable('x', 'rules_file')}"
        )
    if len(rules) > _MAX_RULES:
        raise SettingsError(
            f"there are {len(rules)} rules, and X takes {_MAX_RULES}; join some by OR"
        )
    for rule in rules:
        if len(rule.value) > _MAX_CHARACTERS:
            raise SettingsError(
                f"the rule {rule.value[:40]!r}… has {len(rule.value)} characters, X takes {_MAX_CHARACTERS}; split it"
            )
