"""A file of recorded posts: how it is packed, in what encoding, and whether its posts are lines or
JSON values."""

import bz2
import gzip
import lzma
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, Final, cast

from producer.sources.replay.json_values import MAX_BYTES, Brackets
from tidemark.errors import SettingsError
from tidemark.settings import variable

BOM: Final = b"\xef\xbb\xbf"
_HEAD_BYTES: Final = 512
_PACKED: Final[dict[bytes, Callable[[Path], object]]] = {
    b"\x1f\x8b": gzip.open,
    b"BZh": bz2.open,
    b"\xfd7zXZ\0": lzma.open,
}
"""How files begin that are unpacked as they are read, whatever they are called."""
_REFUSED: Final = {
    b"PK\x03\x04": "a zip archive",
    b"\x28\xb5\x2f\xfd": "packed by zstd",
    b"\x04\x22\x4d\x18": "packed by lz4",
    b"7z\xbc\xaf\x27\x1c": "a 7z archive",
    b"PAR1": "a Parquet file",
    b"Obj\x01": "an Avro file",
    b"SQLite format 3\0": "an SQLite database",
}
_PACKED_TWICE: Final = dict.fromkeys(_PACKED, "packed twice")
_UTF_32: Final = (b"\xff\xfe\0\0", b"\0\0\xfe\xff")
_UTF_16: Final = (b"\xff\xfe", b"\xfe\xff")


def open_recording(path: Path) -> tuple[BinaryIO, int]:
    """Return the file, unpacked, and at which byte its text begins: behind a byte order mark.

    SettingsError, with what was found, where it is no text in UTF-8. OSError where it cannot be
    read.
    """
    with path.open("rb") as file:
        begins = file.read(_HEAD_BYTES)
    unpack = next((unpack for magic, unpack in _PACKED.items() if begins.startswith(magic)), None)
    opened = path.open("rb") if unpack is None else cast(BinaryIO, unpack(path))
    try:
        head = begins if unpack is None else opened.read(_HEAD_BYTES)
        _check(path, head)
    except BaseException:
        opened.close()
        raise
    return opened, len(BOM) if head.startswith(BOM) else 0


def is_of_lines(file: BinaryIO, byte: int) -> bool:
    """Return whether each line is a document, judged by the first.

    Else values follow one another, like the elements of an array that is the whole file, or
    documents that go over several lines.

    A first line that was cut off within a string, or behind a value, is a broken line and not the
    beginning of more.
    """
    file.seek(byte)
    line = _first_line(file)
    if line[:1] not in (b"{", b"["):
        return True
    brackets = Brackets()
    end, is_closed = brackets.end(line)
    if is_closed:
        return end == len(line)
    if len(line) >= MAX_BYTES:
        return False
    return brackets.in_string or (line[:1] == b"{" and line[-1:] not in b"{[,")


def _first_line(file: BinaryIO) -> bytes:
    """Return the first line that is not blank, without blanks around it."""
    while line := file.readline(MAX_BYTES):
        if text := line.strip():
            return text
    return b""


def _check(path: Path, head: bytes) -> None:
    for magic, what in (_REFUSED | _PACKED_TWICE).items():
        if head.startswith(magic):
            raise _refused(path, what, "unpack it")
    if head[257:262] == b"ustar":
        raise _refused(path, "a tar archive", "unpack it")
    for marks, encoding in ((_UTF_32, "UTF-32"), (_UTF_16, "UTF-16")):
        if head.startswith(marks):
            raise _in_encoding(path, encoding)
    if b"\0" in head[:4]:
        raise _in_encoding(path, "UTF-32" if head[:4].count(0) == 3 else "UTF-16")


def _in_encoding(path: Path, encoding: str) -> SettingsError:
    way = f"convert it to UTF-8 (iconv -f {encoding} -t UTF-8 {path.name} > utf8.jsonl)"
    return _refused(path, f"text in {encoding}", way)


def _refused(path: Path, what: str, way: str) -> SettingsError:
    name = variable("replay", "file")
    return SettingsError(
        f"{path} is {what}, where JSON in UTF-8 is read, plain or packed by gzip, bzip2 or xz; {way}, and set {name} "
        "to the result"
    )
