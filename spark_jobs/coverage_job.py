"""Reports of producers → gaps and covered seconds by source. Also for plain spark-submit."""

import sys

from spark_jobs.adapters.driver import main
from spark_jobs.adapters.job_stream import job_stream
from spark_jobs.decode.stage_coverage import SCHEMA, stage_coverage
from spark_jobs.job import Job
from spark_jobs.merges.coverage import STAGING_COLUMNS, merge_coverage
from tidemark.contracts.topics import COVERAGE

JOB = Job(
    name="coverage",
    reads=(COVERAGE,),
    stage=stage_coverage,
    schema=SCHEMA,
    staging_columns=STAGING_COLUMNS,
    merge=merge_coverage,
    every_s=5,
)

if __name__ == "__main__":
    sys.exit(main(job_stream(JOB)))
