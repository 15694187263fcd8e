"""What drivers lay aside: theirs while they live, gone afterwards, however they end."""

import subprocess
import sys
from pathlib import Path

import pytest

from spark_jobs.adapters.scratch import scratch

HOLD = """
import sys, time
from pathlib import Path
from spark_jobs.adapters.scratch import scratch
with scratch(Path(sys.argv[1])) as own:
    (own.sockets / "a.sock").touch()
    print(own.folder, own.sockets, flush=True)
    time.sleep(600)
"""


def left(data_dir: Path) -> list[str]:
    return [path.name for path in (data_dir / "spark").iterdir() if path.name != "lock"]


def test_it_is_our_own_and_gone_at_the_end(tmp_path: Path) -> None:
    with scratch(tmp_path) as own, scratch(tmp_path) as other:
        assert own.folder != other.folder
        assert [path.stat().st_mode & 0o777 for path in (own.folder, own.sockets)] == [0o700, 0o700]
        assert len(str(own.sockets)) + len("/.") + 36 + len(".sock") <= 107
        (own.folder / "blockmgr").mkdir()

    assert left(tmp_path) == []
    assert not own.sockets.exists()


def test_it_is_gone_where_the_driver_fails(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="out of luck"), scratch(tmp_path):
        raise ValueError("out of luck")

    assert left(tmp_path) == []


def test_what_a_killed_driver_left_is_deleted_by_the_next_and_that_of_a_living_one_stays(
    tmp_path: Path,
) -> None:
    command = [sys.executable, "-c", HOLD, str(tmp_path)]
    killed, living = (
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)
    )
    folders = [
        [Path(word) for word in next(iter(process.stdout or ())).split()]
        for process in (killed, living)
    ]
    killed.kill()
    killed.communicate()
    try:
        with scratch(tmp_path) as own:
            assert sorted(left(tmp_path)) == sorted([own.folder.name, folders[1][0].name])
            assert [path.exists() for path in (*folders[0], *folders[1])] == [
                False,
                False,
                True,
                True,
            ]
    finally:
        living.kill()
        living.communicate()
    with scratch(tmp_path):
        assert not folders[1][1].exists()


def test_one_that_was_killed_before_it_had_its_lock_is_deleted_too(tmp_path: Path) -> None:
    (tmp_path / "spark" / "tmpabc").mkdir(parents=True)

    with scratch(tmp_path) as own:
        assert left(tmp_path) == [own.folder.name]
