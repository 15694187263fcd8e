"""Memory of processes and of those that they start."""

import subprocess
import sys

from tidemark.stack.embedded.memory import memory_mb

HOLD_100_MB = "held = bytearray(b'x') * 100_000_000; print('held', flush=True); input()"


def test_the_children_of_a_process_count_with_it() -> None:
    script = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {HOLD_100_MB!r}])"
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        found = memory_mb([process.pid])
        again = memory_mb([process.pid, process.pid])
        process.communicate("\n")

    assert 100 < found < 200
    assert abs(again - found) < 20
    assert memory_mb([process.pid]) == 0
