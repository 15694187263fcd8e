"""The rules of X's filtered stream, kept and refused as the real endpoint does."""

from typing import Any

MAX_RULES = 1000
MAX_CHARACTERS = 1024
_NEEDS_ANOTHER = ("lang:", "is:", "has:", "sample:", "-")


class RuleBook:
    """Rules by id. Its answers are the JSON bodies of GET and POST
    /2/tweets/search/stream/rules."""

    def __init__(self) -> None:
        self.rules: dict[str, dict[str, str]] = {}
        self._last_id = 1_990_000_000_000_000_000

    def values(self) -> list[tuple[str, str | None]]:
        """(value, tag) of each rule, in the order in which they came."""
        return [(rule["value"], rule.get("tag")) for rule in self.rules.values()]

    def put(self, value: str, tag: str | None = None) -> str:
        """Take a rule as it is; returns its id."""
        self._last_id += 1
        rule = {"id": str(self._last_id), "value": value}
        self.rules[rule["id"]] = rule if tag is None else {**rule, "tag": tag}
        return rule["id"]

    def listed(self) -> dict[str, Any]:
        body: dict[str, Any] = {
            "meta": {"sent": "2026-11-21T10:00:00.000Z", "result_count": len(self.rules)}
        }
        return {"data": list(self.rules.values()), **body} if self.rules else body

    def changed(self, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """Status and body. As at X, a refused or double rule is an `error` in a 2xx answer."""
        if set(body) == {"add"}:
            return 201, self._add(body["add"])
        if set(body) == {"delete"}:
            return 200, self._delete(body["delete"])
        return 400, {
            "title": "Invalid Request",
            "detail": "exactly one of add and delete",
            "errors": [],
        }

    def _add(self, rules: list[dict[str, str]]) -> dict[str, Any]:
        added, errors = [], []
        for rule in rules:
            error = self._error_in(rule)
            if error is not None:
                errors.append(error)
            else:
                added.append(self.rules[self.put(rule["value"], rule.get("tag"))])
        summary = {"created": len(added), "not_created": len(errors)}
        answer: dict[str, Any] = {"meta": {"sent": "2026-11-21T10:00:00.000Z", "summary": summary}}
        return answer | ({"data": added} if added else {}) | ({"errors": errors} if errors else {})

    def _error_in(self, rule: dict[str, str]) -> dict[str, Any] | None:
        value = rule["value"]
        for rule_id, known in self.rules.items():
            if known["value"] == value and known.get("tag") == rule.get("tag"):
                return {
                    "value": value,
                    "id": rule_id,
                    "title": "DuplicateRule",
                    "type": _problem("duplicate-rules"),
                }
        details = []
        if len(value) > MAX_CHARACTERS:
            details.append(
                f"Rule length {len(value)} exceeds the maximum of {MAX_CHARACTERS} characters"
            )
        if value.count("(") != value.count(")") or value.count('"') % 2:
            details.append("missing closing parenthesis or quote")
        if all(word.startswith(_NEEDS_ANOTHER) for word in value.split()):
            details.append("Rules must contain at least one positive, standalone operator")
        if len(self.rules) >= MAX_RULES:
            details.append("too many rules")
        if not details:
            return None
        return {
            "value": value,
            "details": details,
            "title": "UnprocessableEntity",
            "type": _problem("invalid-rules"),
        }

    def _delete(self, what: dict[str, list[str]]) -> dict[str, Any]:
        by_value = {rule["value"]: rule_id for rule_id, rule in self.rules.items()}
        wanted = [
            *what.get("ids", []),
            *(by_value.get(value, value) for value in what.get("values", [])),
        ]
        gone = [rule_id for rule_id in wanted if self.rules.pop(rule_id, None) is not None]
        errors = [
            {"errors": [{"message": f"Rule does not exist: {name}"}]}
            for name in wanted
            if name not in gone
        ]
        summary = {"deleted": len(gone), "not_deleted": len(errors)}
        return {"meta": {"summary": summary}} | ({"errors": errors} if errors else {})


def _problem(name: str) -> str:
    return f"https://api.twitter.com/2/problems/{name}"
