"""All jobs in one Spark driver, and the lake beside them: what every launcher starts. Also for
plain spark-submit."""

import sys

from spark_jobs import coverage_job, edits_job, engagement_job, posts_job
from spark_jobs.adapters.driver import main
from spark_jobs.adapters.job_stream import job_stream
from spark_jobs.adapters.upkeep import Upkeep
from spark_jobs.lake_job import LAKE

JOBS = (posts_job.JOB, edits_job.JOB, engagement_job.JOB, coverage_job.JOB)

if __name__ == "__main__":
    sys.exit(main(*map(job_stream, JOBS), Upkeep, *LAKE))
