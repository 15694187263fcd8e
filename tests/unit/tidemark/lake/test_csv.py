"""CSV for those who read it: hashtags that can be told apart, and nothing that a spreadsheet would
run."""

import csv
import io
import re
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest
from click.testing import CliRunner
from lake_tables import add, posts_table, records
from payloads import as_bytes, v2_post, v2_user

from tidemark.cli import main
from tidemark.errors import LakeError
from tidemark.lake.export import ExportRequest
from tidemark.lake.follow import Journal
from tidemark.lake.formats import Csv

TAGS = [
    ["Tide", "Straße"],
    ["a b, c", "d|e", "f\\"],
    ["=1+1", "ok", "-x"],
    [],
    None,
    ["\tHYPERLINK", "@me", "＝wide"],
]
NAMES = ["Ann", "=cmd|' /C calc'!A0", "+1", "@home", "\rx", 'a "quoted", name']
NUMBERS = [1, -2, 3, -4, None, 6]

PLAIN = """\
"name","hashtags","number"
"Ann","Tide|Straße",1
"=cmd|' /C calc'!A0","a b, c|d\\|e|f\\\\",-2
"+1","=1+1|ok|-x",3
"@home","",-4
"\rx",,
"a ""quoted"", name","\tHYPERLINK|@me|＝wide",6
"""

FOR_SPREADSHEETS = """\
\ufeff"name","hashtags","number"
"Ann","Tide|Straße",1
"'=cmd|' /C calc'!A0","a b, c|d\\|e|f\\\\",-2
"'+1","'=1+1|ok|'-x",3
"'@home","",-4
"'\rx",,
"a ""quoted"", name","'\tHYPERLINK|'@me|'＝wide",6
"""


def whole_file(*, for_spreadsheets: bool = False, batches: int = 1) -> str:
    rows = pa.record_batch(
        [pa.array(NAMES), pa.array(TAGS, pa.list_(pa.string())), pa.array(NUMBERS, pa.int64())],
        ["name", "hashtags", "number"],
    )
    file = io.BytesIO()
    format_ = Csv(file, rows.schema, for_spreadsheets=for_spreadsheets)
    step = len(rows) // batches
    for first in range(0, len(rows), step):
        format_.write(rows.slice(first, step))
    format_.close()
    return file.getvalue().decode()


@pytest.mark.parametrize("batches", [1, 2, 6])
def test_the_whole_file_in_parts_of_any_size(batches: int) -> None:
    assert whole_file(batches=batches) == PLAIN
    assert whole_file(for_spreadsheets=True, batches=batches) == FOR_SPREADSHEETS


def test_pandas_takes_hashtags_apart_as_the_page_on_the_lake_says() -> None:
    cells = pd.read_csv(io.StringIO(whole_file()), lineterminator="\n")["hashtags"].fillna("")

    found = cells.str.findall(r"(?:\\.|[^|\\])+").map(
        lambda tags: [re.sub(r"\\(.)", r"\1", tag) for tag in tags]
    )

    assert found.tolist() == [tags or [] for tags in TAGS]


def test_an_export_for_spreadsheets_has_no_cell_that_runs(tmp_path: Path) -> None:
    post = v2_post("7", hashtags=["=1+1", "tide"])
    post["includes"]["users"] = [v2_user(name="=HYPERLINK(A1)", username="ann")]
    add(posts_table(tmp_path / "lake"), records([as_bytes(post)]))
    command = [
        "export",
        "posts",
        "--for-spreadsheets",
        "--payload",
        "--into",
        str(tmp_path / "out"),
    ]

    told = CliRunner().invoke(main, command, env={"TIDEMARK_LAKE__PATH": str(tmp_path / "lake")})

    assert told.exit_code == 0, told.output
    content = (tmp_path / "out" / "posts.csv").read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    (row,) = csv.DictReader(io.StringIO(content.decode("utf-8-sig")))
    assert (row["hashtags"], row["display_name"], row["post_id"]) == (
        "'=1+1|tide",
        "'=HYPERLINK(A1)",
        "7",
    )
    assert row["value"] == as_bytes(post).decode()
    assert [cell for cell in row.values() if cell[:1] in tuple("=+-@\t\r\n")] == []


def test_for_spreadsheets_is_of_csv_alone(tmp_path: Path) -> None:
    told = CliRunner().invoke(main, ["export", "posts", "--for-spreadsheets", "--format", "avro"])

    assert told.exit_code == 1
    assert (
        told.output
        == "tidemark: --for-spreadsheets is for CSV files, and --format is avro; leave one of them out\n"
    )


def test_a_folder_that_was_begun_without_it_does_not_go_on_with_it(tmp_path: Path) -> None:
    Journal(tmp_path).open(ExportRequest("posts", "csv", tmp_path))

    with pytest.raises(
        LakeError,
        match="was begun without --for-spreadsheets; do the same, or choose another folder",
    ):
        Journal(tmp_path).open(ExportRequest("posts", "csv", tmp_path, for_spreadsheets=True))
