"""Measure how fast a large topic is exported from the lake, and in how much memory; the last line is JSON.

    .venv/bin/python bench/export.py [--rows 5000000] [--formats csv jsonl parquet avro] \\
        [--every 100000]

The table holds made-up posts of about 2 KB, in files as a job writes them. Each export runs the command in a separate
process, whose peak memory the kernel reports. An export of a tenth of the rows shows whether memory grows with them.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import pyarrow as pa
from made_posts import made_posts

from spark_jobs.decode.kafka_batch import COLUMNS
from spark_jobs.decode.lake_rows import LAKE_TOPICS, lake_rows
from tidemark.lake.location import LakeLocation
from tidemark.lake.offsets import LakeOffsets
from tidemark.lake.table import LakeTable
from tidemark.lake.writer import LakeWriter

POOL = 50_000
COMMIT_ROWS = 500_000
TOPIC = LAKE_TOPICS["posts"]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=5_000_000)
    parser.add_argument("--formats", nargs="+", default=["csv", "jsonl", "parquet", "avro"])
    parser.add_argument("--every", type=int, default=100_000)
    asked = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="tidemark-export-"))
    try:
        print(f"makes two tables, of {asked.rows // 10:,} and {asked.rows:,} rows", flush=True)
        places = [
            make_table(folder / name, rows)
            for name, rows in (("a", asked.rows // 10), ("b", asked.rows))
        ]
        found = {kind: measure(places, kind, asked, folder) for kind in asked.formats}
        print(json.dumps({"bench": "export", "rows": asked.rows, **found}))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def make_table(folder: Path, rows: int) -> LakeLocation:
    """Make a table of posts that are decoded once and repeated at new offsets."""
    location = LakeLocation(str(folder))
    table = LakeTable.make(location, TOPIC.name, TOPIC.schema)
    pool = decoded_pool()
    columns = pa.schema([field for field in TOPIC.schema if field.name != "day"])
    done = 0
    while done < rows:
        writer = LakeWriter(location.files(TOPIC.name), columns, location.folder(TOPIC.name))
        end = min(rows, done + COMMIT_ROWS)
        while done < end:
            part = pool[(done // 10_000) % len(pool)].slice(0, end - done)
            at = part.schema.get_field_index("kafka_offset")
            offsets = pa.array(range(done, done + len(part)), pa.int64())
            writer.write(part.set_column(at, part.schema.field(at), offsets))
            done += len(part)
        files = [file for file, _ in writer.close()]
        table.append(files, table.offsets, LakeOffsets("bench", {0: done}))
    return location


def decoded_pool() -> list[pa.RecordBatch]:
    headers = [[{"key": "source", "value": b"x"}]] * 10_000
    payloads = [post.payload for post in made_posts(POOL)]
    batches = []
    for first in range(0, POOL, 10_000):
        columns: dict[str, Any] = {
            "topic": ["posts"] * 10_000,
            "partition": pa.array([0] * 10_000, pa.int32()),
            "offset": pa.array(range(10_000), pa.int64()),
            "timestamp": pa.array([round(time.time() * 1e6)] * 10_000, pa.timestamp("us", "UTC")),
            "headers": pa.array(
                headers, pa.list_(pa.struct([("key", pa.string()), ("value", pa.binary())]))
            ),
            "value": pa.array(payloads[first : first + 10_000], pa.binary()),
        }
        batch = pa.record_batch([pa.array(columns[name]) for name in COLUMNS], names=list(COLUMNS))
        batches.append(lake_rows(TOPIC, "bench", batch))
    return batches


def measure(
    places: list[LakeLocation], kind: str, asked: argparse.Namespace, folder: Path
) -> dict[str, Any]:
    small, large = (run(location, kind, asked.every, folder / "out") for location in places)
    result = {
        "rows_per_s": round(asked.rows / large["seconds"]),
        "seconds": round(large["seconds"], 1),
        "peak_mb": large["peak_mb"],
        "peak_mb_of_a_tenth": small["peak_mb"],
        "mb_written": large["mb"],
    }
    print(kind, result, flush=True)
    return result


def run(location: LakeLocation, kind: str, every: int, into: Path) -> dict[str, Any]:
    shutil.rmtree(into, ignore_errors=True)
    command = [
        sys.executable,
        "-m",
        "tidemark",
        "export",
        "posts",
        "--format",
        kind,
        "--every",
        str(every),
    ]
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("TIDEMARK_")
    }
    began_s = time.monotonic()
    process = subprocess.Popen(
        [*command, "--into", str(into)],
        env=environment | {"TIDEMARK_LAKE__PATH": location.uri},
        stdout=subprocess.DEVNULL,
    )
    peak_mb = 0
    while process.poll() is None:
        peak_mb = max(peak_mb, high_water_mb(process.pid))
        time.sleep(0.05)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} failed")
    written = sum(path.stat().st_size for path in into.iterdir())
    return {"seconds": time.monotonic() - began_s, "peak_mb": peak_mb, "mb": written >> 20}


def high_water_mb(pid: int) -> int:
    """Return the peak memory of the process alone: getrusage of a child includes its parent at the fork."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return next((int(line.split()[1]) >> 10 for line in lines if line.startswith("VmHWM")), 0)


if __name__ == "__main__":
    main()
