"""Count what source replay makes of a file: `python -m producer.sources.replay.count FILE`."""

import sys
from contextlib import closing
from pathlib import Path

from producer.clock import SystemClock
from producer.sources.replay.source import Replay
from tidemark.errors import SourceError


def main(recording: str) -> int:
    """Print how many records FILE has; exit code 1 and a line on stderr where it cannot be read."""
    try:
        with closing(Replay(Path(recording), SystemClock())) as source:
            print(sum(1 for received in source.events(None) if received is not None))
    except SourceError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
