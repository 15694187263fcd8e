import io
import json
import random
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from producer.sources.replay import json_values
from producer.sources.replay.json_values import Value, Values


def found(text: bytes, byte: int = 0, inside: int = 0) -> list[Value]:
    return list(Values(io.BytesIO(text[byte:]), byte=byte, inside=inside))


def made_up(random_: random.Random, depth: int = 0) -> Any:
    """Any JSON, with marks of JSON in its texts."""
    kind = random_.randrange(3 if depth > 3 else 5)
    if kind == 0:
        return random_.choice([None, True, -1.5e3, 0])
    if kind < 3:
        return "".join(random_.choices('a"\\[]{},\n é😀', k=random_.randrange(9)))
    if kind == 3:
        return [made_up(random_, depth + 1) for _ in range(random_.randrange(4))]
    return {
        made_up(random_, 9) or "": made_up(random_, depth + 1) for _ in range(random_.randrange(4))
    }


@pytest.mark.parametrize("chunk_bytes", [1, 2, 7, 1 << 18])
@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("separator", ["", "\n", "\r\n", " , ", ",\n", "\x1e"])
def test_values_are_cut_apart_as_a_parser_would(
    chunk_bytes: int, indent: int | None, separator: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(json_values, "_CHUNK_BYTES", chunk_bytes)
    random_ = random.Random(f"{indent}{separator}")
    documents = [{"number": number, "made up": made_up(random_)} for number in range(20)]
    texts = [
        json.dumps(document, indent=indent, ensure_ascii=bool(number % 2))
        for number, document in enumerate(documents)
    ]

    values = found(separator.join(texts).encode())
    elements = found(f"[{separator}{(separator + ',').join(texts)}]".encode())

    assert [value.text.decode() for value in values] == texts
    assert [value.text.decode() for value in elements] == texts
    assert {value.inside for value in values} == {0}
    assert {value.inside for value in elements} == {1}


def test_behind_each_value_reading_goes_on_with_the_next() -> None:
    text = b' [{"a":[1,{"b":"]"}]}, 7,\n"x", {} ]{"c":1}\n[[1],{"d":"\\""}]'
    values = found(text)

    assert [value.text for value in values] == [
        *(b'{"a":[1,{"b":"]"}]}', b"7", b'"x"', b"{}", b'{"c":1}', b"[1]", b'{"d":"\\""}')
    ]
    for number, value in enumerate(values):
        assert found(text, value.byte, value.inside) == values[number + 1 :]


@pytest.mark.parametrize(
    ("text", "values"),
    [
        (b"", []),
        (b" \n, ,\r\n", []),
        (b"[]", []),
        (b"]}", [b"]", b"}"]),
        (b'{"a":1', [b'{"a":1']),
        (b'[{"a":"x', [b'{"a":"x']),
        (b'{"a":"\\', [b'{"a":"\\']),
        (b"[1,2", [b"1", b"2"]),
        (b"[nonsense here]", [b"nonsense here"]),
        (b'{"a":1}]{"b":2}', [b'{"a":1}', b"]", b'{"b":2}']),
        (b'{"a":\xff}{"b":2}', [b'{"a":\xff}', b'{"b":2}']),
    ],
)
def test_what_is_no_good_json_is_cut_at_its_brackets_and_ends(
    text: bytes, values: list[bytes]
) -> None:
    assert [value.text for value in found(text)] == values


@pytest.mark.parametrize(
    "endless", [b'{"a":"' + b"x" * 5000 + b'"}', b"{" + b"[]," * 2000 + b"}", b"9" * 5000]
)
def test_of_a_value_that_is_too_long_the_beginning_is_given_and_then_the_next(
    endless: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(json_values, "MAX_BYTES", 1000)
    monkeypatch.setattr(json_values, "_CHUNK_BYTES", 64)

    first, *others = found(b"[" + endless + b',{"b":1}]')

    assert endless.startswith(first.text)
    assert len(first.text) >= 1000
    assert others[-1].text == b'{"b":1}'


def test_a_value_that_is_far_too_long_takes_no_more_memory(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(json_values, "MAX_BYTES", 1 << 20)
    path = tmp_path / "long.json"
    path.write_bytes(b'[{"a":"' + b"x" * (40 << 20) + b'"},{"b":1}]')
    with path.open("rb") as file:
        tracemalloc.start()
        first, second = Values(file)
        peak_bytes = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()

    assert (len(first.text), second.text) == (1 << 20, b'{"b":1}')
    assert peak_bytes < 8 << 20


def test_many_brackets_and_quotes_take_no_more_than_reading_them() -> None:
    text = b"[" * 1_000_000 + b'"' * 1_000_001 + b"\\" * 1_000_000

    assert sum(len(value.text) for value in found(text)) == len(text) - 1
