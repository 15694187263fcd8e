"""A stream's checkpoint: empty at each start, as the ledger leads, and read for where a batch
ends."""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

from spark_jobs.merging.fence import Place


@dataclass(frozen=True)
class Checkpoint:
    """The folder in which Spark keeps account of one stream."""

    folder: Path

    @classmethod
    def new(cls, data_dir: Path, stream: str) -> "Checkpoint":
        """Return an empty one: a job starts where the ledger says, never at a checkpoint
        (docs/decisions/0001)."""
        folder = (data_dir / "checkpoints" / stream).absolute()
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        return cls(folder)

    def ends(self, batch_id: int) -> dict[Place, int]:
        """Return the offsets before which a batch ends, by topic and partition.

        Spark writes them before it runs the batch: the file's last line is JSON,
        {"topic": {"partition": offset}}. Where the default file system is not that of this machine
        there is no file, and nothing is known.
        """
        try:
            *_, last = (self.folder / "offsets" / str(batch_id)).read_text("utf-8").splitlines()
            by_topic = json.loads(last)
            return {
                (topic, int(partition)): end
                for topic, partitions in by_topic.items()
                for partition, end in partitions.items()
            }
        except (OSError, ValueError, AttributeError):
            return {}
