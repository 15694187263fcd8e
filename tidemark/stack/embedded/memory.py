"""How much memory processes take, with what they share counted once."""

import re
from collections.abc import Iterable
from pathlib import Path

import psutil


def memory_mb(pids: Iterable[int]) -> float:
    """Of these processes and all that they started."""
    trees = {process.pid: process for pid in pids for process in _tree(pid)}
    return sum(_own_bytes(process) for process in trees.values()) / 1e6


def _tree(pid: int) -> list[psutil.Process]:
    try:
        process = psutil.Process(pid)
        return [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def _own_bytes(process: psutil.Process) -> int:
    """Its proportional share (PSS), or where the kernel does not tell it, its resident memory."""
    try:
        shares = Path(f"/proc/{process.pid}/smaps_rollup").read_text()
        return int(re.findall(r"^Pss: +(\d+) kB", shares, re.MULTILINE)[0]) * 1024
    except (OSError, IndexError):
        pass
    try:
        return int(process.memory_info().rss)
    except psutil.NoSuchProcess:
        return 0
