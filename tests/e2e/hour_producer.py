"""hour_producer.py SOURCE BEGAN_US: `python -m producer SOURCE`, but by a clock of which an hour is
two minutes.

What is in seconds of the real world, as the waits of sockets and between attempts, is as much
shorter.
"""

import sys
from functools import partial
from unittest.mock import patch

from stand_ins.clock import FastClock

from producer import __main__ as program
from producer.run import run
from producer.sources.bluesky.source import Bluesky
from producer.sources.mastodon.source import Mastodon
from producer.sources.registry import SOURCES
from producer.sources.wikimedia.source import Wikimedia
from producer.transport.backoff import Backoff

MAX_PAGES = 10
"""So many pages of Mastodon are asked for after an outage."""
SHORTEST_GAP_S = 60.0
SILENT_S = 90.0
REAL_SILENT_S = SILENT_S / FastClock.SPEED


def backoff() -> Backoff:
    return Backoff(0.25, last_s=0.3)


OF_THE_HOUR = {
    "wikimedia": lambda settings, clock: Wikimedia(
        settings.wikimedia,
        clock,
        backoff=backoff(),
        late_s=SHORTEST_GAP_S,
        silent_s=REAL_SILENT_S,
    ),
    "bluesky": lambda settings, clock: Bluesky(
        settings.bluesky, clock, backoff=backoff(), silent_s=SILENT_S
    ),
    "mastodon": lambda settings, clock: Mastodon(
        settings.mastodon,
        clock,
        silent_s=REAL_SILENT_S,
        max_pages=MAX_PAGES,
    ),
}

if __name__ == "__main__":
    clock = FastClock(int(sys.argv[2]))
    with (
        patch.dict(SOURCES, OF_THE_HOUR),
        patch.object(program, "SystemClock", lambda: clock),
        patch.object(program, "run", partial(run, shortest_gap_s=SHORTEST_GAP_S)),
        patch("producer.sources.mastodon.channel.Backoff", lambda first_s: backoff()),
    ):
        sys.exit(program.main(sys.argv[1:2]))
