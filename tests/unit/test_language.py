"""Plain English: docstrings of functions begin with a verb, and some words are not used.

ruff's D401 finds "Returns …" and "The …"; it passes "Rows that …" and "Whether …", so this test has a closed list.
"""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
PACKAGES = ("tidemark", "producer", "spark_jobs", "superset", "bench")

_VERBS = """
abandon abort accept acknowledge add adjust advance allow answer append apply archive ask assert assign attach
authenticate await backfill begin bind block bound bring build cache call cancel change check choose claim clean
clear close collect combine commit compact compare complete compress compute configure connect consume continue
convert copy count cover create credit cut deal decide declare decode decompress define delete deliver describe
detect digest discard disconnect display distribute do draw drop embed empty encode end enforce enter escape
estimate evaluate exclude execute exit expand explain export extend extract fail fetch fill filter find finish fit
flag flatten flush follow forget format generate get give go grant group guard halt handle hash hide hold identify
ignore include indent index initialize insert install interpret invalidate iterate join keep kill label launch leave
let limit link list listen load locate lock log look lower make map mark match measure merge migrate move name
normalize note notify omit open order pack parse partition pass pause pick place plan play poll prepare prevent
print probe process produce prune publish pull push put raise rank read rebuild receive recompute reconnect record
recover redirect reduce refresh refuse register reject release reload remember remove rename render repair repeat
replace replay report request require reset resolve restart restore resume retry return reveal revoke rewrite roll
rotate round route run sample save scan scrub search see seek select send serve set shorten show shut sign silence
skip sleep slice sort split stage start step stop store stream strip subscribe subtract suggest sum supersede
suppress switch sync terminate test throw touch track translate trim truncate try turn undo unlock unpack update
upload upsert use validate verify visit wait walk warn watch withhold wrap write yield
"""
VERBS = frozenset(_VERBS.split())

UNUSED = re.compile(
    r"""\b(?:told | heard | unheard | hears? | hearing | anew | of\ (?:its|our|their|his)\ own | given\ up | kept\ back
        | held\ back | whither | speaks?\ of | tells?\ of | telling | tellings)\b""",
    re.VERBOSE | re.IGNORECASE,
)
UNUSED_IN_NAMES = frozenset(
    {"told", "tell", "heard", "unheard", "hearing", "anew", "had", "took", "taken", "said", "wish"}
)


class Finding(NamedTuple):
    place: str
    what: str


def test_docstrings_of_functions_begin_with_a_verb() -> None:
    assert [finding for path in python_files() for finding in verbless(path)] == []


def test_code_and_comments_use_plain_words() -> None:
    assert [finding for path in python_files() for finding in unused_words(path)] == []


def test_docs_use_plain_words() -> None:
    pages = [*ROOT.glob("*.md"), *sorted((ROOT / "docs").rglob("*.md"))]
    findings = [unused_words_of_page(page) for page in pages]
    assert [finding for of_page in findings for finding in of_page] == []


def python_files() -> list[Path]:
    return [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]


def verbless(path: Path) -> Iterator[Finding]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        first, *_ = (ast.get_docstring(node) or "Return").split()
        if first.strip(",.:;").lower() not in VERBS or not first[0].isupper():
            yield Finding(f"{path.relative_to(ROOT)}:{node.lineno}", f"{node.name}: {first} …")


def unused_words(path: Path) -> Iterator[Finding]:
    text = path.read_text("utf-8")
    for line, prose in [*comments(text), *docstrings(text)]:
        for found in UNUSED.finditer(without_code(prose)):
            yield Finding(f"{path.relative_to(ROOT)}:{line}", found[0])
    for line, name in names(text):
        if UNUSED_IN_NAMES & set(words_of(name)) and name != "tell":  # of files
            yield Finding(f"{path.relative_to(ROOT)}:{line}", name)


def comments(text: str) -> Iterator[tuple[int, str]]:
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string


def docstrings(text: str) -> Iterator[tuple[int, str]]:
    """Strings that stand alone: docstrings of functions and classes, and those below a name."""
    for node in ast.walk(ast.parse(text)):
        match node:
            case ast.Expr(value=ast.Constant(value=str(text_below))):
                yield node.lineno, text_below


def names(text: str) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef):
            yield node.lineno, node.name
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.lineno, node.id
        elif isinstance(node, ast.arg):
            yield node.lineno, node.arg


def words_of(name: str) -> list[str]:
    """The words of a name: `heard_at` and `HeardAt` are `heard` and `at`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower().split("_")


def unused_words_of_page(page: Path) -> Iterator[Finding]:
    text = re.sub(r"^```.*?^```", "", page.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    for found in UNUSED.finditer(without_code(text)):
        yield Finding(str(page.relative_to(ROOT)), found[0])


def without_code(prose: str) -> str:
    return re.sub(r"`[^`]*`", "", prose)
