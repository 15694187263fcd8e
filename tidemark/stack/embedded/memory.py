"""How much memory processes use; shared memory counts once."""

import re
from collections.abc import Iterable
from pathlib import Path

import psutil


def memory_mb(pids: Iterable[int]) -> float:
    """Return the memory of these processes and of all their descendants, in MB."""
    trees = {process.pid: process for pid in pids for process in _tree(pid)}
    return sum(_own_bytes(process) for process in trees.values()) / 1e6


def _tree(pid: int) -> list[psutil.Process]:
    try:
        process = psutil.Process(pid)
        return [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def _own_bytes(process: psutil.Process) -> int:
    """Return a process's proportional share (PSS), or its resident memory if the kernel does not give it."""
    try:
        shares = Path(f"/proc/{process.pid}/smaps_rollup").read_text()
        return int(re.findall(r"^Pss: +(\d+) kB", shares, re.MULTILINE)[0]) * 1024
    except (OSError, IndexError):
        pass
    try:
        return int(process.memory_info().rss)
    except psutil.NoSuchProcess:
        return 0
