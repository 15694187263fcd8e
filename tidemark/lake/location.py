"""Where the lake is: a folder, or a bucket."""

from dataclasses import dataclass, field
from pathlib import Path

import pyarrow.fs as pa_fs
from deltalake.fs import DeltaStorageHandler

from tidemark.errors import SettingsError
from tidemark.settings import Settings, variable

OFF = ("", "none")


@dataclass(frozen=True)
class LakeLocation:
    """The lake's folder or bucket; it is pickled to Spark's workers.

    uri      an absolute folder or a URL
    options  what opens the store that the URL names
    """

    uri: str
    options: dict[str, str] = field(default_factory=dict, repr=False)

    @property
    def is_local(self) -> bool:
        return "://" not in self.uri

    def table_uri(self, topic: str) -> str:
        return f"{self.uri}/{topic}"

    def folder(self, topic: str) -> Path | None:
        """Return the table's folder; None if the lake is a bucket."""
        return Path(self.table_uri(topic)) if self.is_local else None

    def files(self, topic: str) -> pa_fs.FileSystem:
        """Return the table's folder as a file system; its paths are those of the Delta log."""
        uri = self.table_uri(topic)
        if self.is_local:
            return pa_fs.SubTreeFileSystem(uri, pa_fs.LocalFileSystem())
        return pa_fs.PyFileSystem(DeltaStorageHandler(uri, self.options))


def lake_location(settings: Settings) -> LakeLocation | None:
    """Return where the lake is; None if the settings switch it off."""
    path = settings.lake.path
    if path is None:
        return LakeLocation(str((settings.data_dir / "lake").absolute()))
    if path.strip().lower() in OFF:
        return None
    if "://" not in path:
        return LakeLocation(str(Path(path).absolute()))
    return LakeLocation(
        path.rstrip("/").replace("s3a://", "s3://", 1), settings.lake.store_options()
    )


def require_lake(settings: Settings) -> LakeLocation:
    """Return where the lake is; raise SettingsError if the settings switch it off."""
    if (location := lake_location(settings)) is None:
        raise SettingsError(
            f"{variable('lake', 'path')} switches the lake off; set it to a folder or a bucket"
        )
    return location
