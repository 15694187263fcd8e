"""Every topic → its table of the lake, in a driver without other jobs. Also for plain spark-submit."""

import sys
from typing import Final

from spark_jobs.adapters.driver import main
from spark_jobs.adapters.lake_stream import lake_stream
from spark_jobs.decode.lake_rows import LAKE_TOPICS

LAKE: Final = tuple(lake_stream(topic) for topic in LAKE_TOPICS)
"""What a driver runs, this one or one that has other streams too."""

if __name__ == "__main__":
    sys.exit(main(*LAKE))
