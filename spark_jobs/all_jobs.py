"""All jobs in one Spark driver: the default of every launcher. Also for plain spark-submit.

The lake runs with them where TIDEMARK_LAKE__PATH names one; otherwise lake_job.py is a driver of its own.
"""

import sys
from functools import partial

from spark_jobs import coverage_job, edits_job, posts_job
from spark_jobs.edges.driver import Make, Stream, main
from spark_jobs.edges.upkeep import Upkeep
from spark_jobs.lake_job import LAKE
from tidemark.settings import Settings

JOBS = (posts_job.JOB, edits_job.JOB, coverage_job.JOB)


def lake_where_asked(make: Make, settings: Settings) -> Stream:
    """The stream that `make` makes, which does nothing where no path is set."""
    if settings.lake.path is None:
        off = settings.lake.model_copy(update={"path": "none"})
        settings = settings.model_copy(update={"lake": off})
    return make(settings)


if __name__ == "__main__":
    sys.exit(main(*(job.stream for job in JOBS), Upkeep, *(partial(lake_where_asked, make) for make in LAKE)))
