"""The lake in a bucket, by a real S3 API: the fence holds there too."""

import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from lake_tables import TOPIC_ID, add, places, records, written
from pydantic import SecretStr
from waiting import wait_until

from spark_jobs.decode.lake_rows import LAKE_TOPICS
from tidemark.errors import LakeError, SecondDriverError
from tidemark.lake.location import LakeLocation, require_lake
from tidemark.lake.maintenance import maintain
from tidemark.lake.offsets import LakeOffsets
from tidemark.lake.table import LakeTable
from tidemark.settings import LakeSettings, Settings
from tidemark.stack.embedded.ports import free_port
from tidemark.stack.project import FOLDER

SIGNED = "AWS4-HMAC-SHA256 Credential=somebody/20260301/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=x"


def server_program() -> Path:
    """In an environment of its own: it wants fifty packages, some of them older than ours."""
    folder, lock = FOLDER / ".venv-s3", FOLDER / "tests" / "s3" / "server.txt"
    stamp = folder / ".stamp"
    if not stamp.exists() or stamp.read_text() != lock.read_text():
        uv = str(FOLDER / ".venv-tools" / "bin" / "uv")
        subprocess.run(
            [uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(folder)], check=True
        )
        subprocess.run(
            [uv, "pip", "sync", "--quiet", "--python", str(folder), "--require-hashes", str(lock)],
            check=True,
        )
        stamp.write_text(lock.read_text())
    return folder / "bin" / "moto_server"


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server with the bucket `tides`."""
    port = free_port()
    program = server_program()
    with (tmp_path_factory.mktemp("s3") / "server.log").open("wb") as log:
        process = subprocess.Popen(
            [str(program), "-H", "127.0.0.1", "-p", str(port)], stdout=log, stderr=log
        )
    url = f"http://127.0.0.1:{port}"

    def has_a_bucket() -> bool:
        assert process.poll() is None
        request = urllib.request.Request(
            f"{url}/tides", method="PUT", headers={"Authorization": SIGNED}
        )
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    try:
        wait_until(has_a_bucket, patience_s=60)
        yield url
    finally:
        process.kill()
        process.wait()


def place_in(endpoint: str, path: str) -> LakeLocation:
    keys = {"s3_access_key": SecretStr("somebody"), "s3_secret_key": SecretStr("something")}
    return require_lake(Settings(lake=LakeSettings(path=path, s3_endpoint=endpoint, **keys)))


def posts_in(endpoint: str) -> LakeTable:
    return LakeTable.make(
        place_in(endpoint, "s3a://tides/lake"), "posts", LAKE_TOPICS["posts"].schema
    )


def test_two_drivers_a_compaction_and_a_reader(endpoint: str) -> None:
    first, second = posts_in(endpoint), posts_in(endpoint)
    add(first, records([b"a", b"b"]))
    with pytest.raises(SecondDriverError):
        second.append(written(second, records([b"a"])), None, LakeOffsets(TOPIC_ID, {0: 1}))
    for offset in (2, 3):
        add(first, records([b"c"], first=offset))

    done = maintain(first, None, date(2026, 3, 2), readable_hours=0)

    assert (done.compacted, done.into) == (3, 1)
    found = LakeTable.find(place_in(endpoint, "s3://tides/lake/"), "posts")
    assert found is not None
    assert len(found.files()) == 1
    assert places(found) == [(0, offset) for offset in range(4)]
    assert found.offsets == LakeOffsets(TOPIC_ID, {0: 4})


def test_a_bucket_that_is_not_there_is_said_in_one_line(endpoint: str) -> None:
    with pytest.raises(LakeError, match="TIDEMARK_LAKE__PATH"):
        LakeTable.make(place_in(endpoint, "s3://none"), "posts", LAKE_TOPICS["posts"].schema)
