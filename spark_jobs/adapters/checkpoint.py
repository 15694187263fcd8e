"""A stream's checkpoint: made anew at each start, as the ledger leads, and read for what a batch
holds."""

import json
import shutil
from pathlib import Path

from spark_jobs.merging.fence import Place


def new_checkpoint(data_dir: Path, stream: str) -> Path:
    """Return an empty folder: a job starts where the ledger says, never a checkpoint
    (docs/decisions/0001)."""
    folder = (data_dir / "checkpoints" / stream).absolute()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def batch_ends(checkpoint: Path, batch_id: int) -> dict[Place, int]:
    """Return the offsets before which a batch ends, which Spark writes down before it runs it: its
    last line is JSON, {"topic": {"partition": offset}}. None is there where the default file system
    is not that of this machine."""
    try:
        *_, last = (checkpoint / "offsets" / str(batch_id)).read_text("utf-8").splitlines()
        offsets = json.loads(last)
        return {
            (topic, int(partition)): end
            for topic, of in offsets.items()
            for partition, end in of.items()
        }
    except (OSError, ValueError, AttributeError):
        return {}
