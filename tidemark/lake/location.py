"""Where the lake lies: a folder, or a bucket."""

from dataclasses import dataclass, field
from pathlib import Path

import pyarrow.fs as pa_fs
from deltalake.fs import DeltaStorageHandler

from tidemark.errors import SettingsError
from tidemark.settings import Settings, variable

OFF = ("", "none")


@dataclass(frozen=True)
class LakePlace:
    """uri is an absolute folder or a URL; options open the store that it names. Travels to Spark's
    workers."""

    uri: str
    options: dict[str, str] = field(default_factory=dict, repr=False)

    @property
    def is_local(self) -> bool:
        return "://" not in self.uri

    def table_uri(self, topic: str) -> str:
        return f"{self.uri}/{topic}"

    def folder(self, topic: str) -> Path | None:
        """Return the table's folder where the lake is one; None where it is a bucket."""
        return Path(self.table_uri(topic)) if self.is_local else None

    def files(self, topic: str) -> pa_fs.FileSystem:
        """The table's folder; paths in it are those of the Delta log."""
        uri = self.table_uri(topic)
        if self.is_local:
            return pa_fs.SubTreeFileSystem(uri, pa_fs.LocalFileSystem())
        return pa_fs.PyFileSystem(DeltaStorageHandler(uri, self.options))


def lake_place(settings: Settings) -> LakePlace | None:
    """None where the settings switch the lake off."""
    path = settings.lake.path
    if path is None:
        return LakePlace(str((settings.data_dir / "lake").absolute()))
    if path.strip().lower() in OFF:
        return None
    if "://" not in path:
        return LakePlace(str(Path(path).absolute()))
    return LakePlace(path.rstrip("/").replace("s3a://", "s3://", 1), settings.lake.store_options())


def require_lake(settings: Settings) -> LakePlace:
    """SettingsError where the settings switch the lake off."""
    if (place := lake_place(settings)) is None:
        raise SettingsError(
            f"{variable('lake', 'path')} switches the lake off; set it to a folder or a bucket"
        )
    return place
