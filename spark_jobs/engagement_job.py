"""Observations of posts → engagement, its sums by window and day, and rejected rows. Also for plain spark-submit."""

import sys

from spark_jobs.adapters.driver import main
from spark_jobs.adapters.job_stream import job_stream
from spark_jobs.decode.stage_engagement import SCHEMA, STAGING_COLUMNS, stage_engagement
from spark_jobs.job import Job
from spark_jobs.merges.engagement import merge_engagement
from tidemark.contracts.topics import ENGAGEMENT

JOB = Job(
    name="engagement",
    reads=(ENGAGEMENT,),
    stage=stage_engagement,
    schema=SCHEMA,
    staging_columns=STAGING_COLUMNS,
    merge=merge_engagement,
    every_s=1,
)

if __name__ == "__main__":
    sys.exit(main(job_stream(JOB)))
