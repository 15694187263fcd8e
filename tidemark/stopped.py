"""What a driver that stays (`--stay`) left word of: why it no longer works. Health checks of its
container read it."""

from pathlib import Path

_NAME = "stopped"


def leave_word(data_dir: Path, why: str) -> None:
    data_dir.mkdir(parents=True, exist_ok=True)
    (data_dir / _NAME).write_text(why, "utf-8")


def take_back_word(data_dir: Path) -> None:
    (data_dir / _NAME).unlink(missing_ok=True)


def word_left(data_dir: Path) -> str | None:
    """Return why it stopped; None where it did not."""
    try:
        return (data_dir / _NAME).read_text("utf-8")
    except OSError:
        return None
