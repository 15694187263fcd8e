"""The file in which a driver that stays idle (`--stay`) writes why it stopped; health checks read it."""

from pathlib import Path

_NAME = "stopped"


def write_stop_reason(data_dir: Path, why: str) -> None:
    data_dir.mkdir(parents=True, exist_ok=True)
    (data_dir / _NAME).write_text(why, "utf-8")


def clear_stop_reason(data_dir: Path) -> None:
    (data_dir / _NAME).unlink(missing_ok=True)


def read_stop_reason(data_dir: Path) -> str | None:
    """Return why the driver stopped; None if it runs."""
    try:
        return (data_dir / _NAME).read_text("utf-8")
    except OSError:
        return None
