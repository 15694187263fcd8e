"""Edits of wikis → edits, rollups and rejected rows. Also for plain spark-submit."""

import sys

from spark_jobs.adapters.driver import main
from spark_jobs.adapters.job_stream import job_stream
from spark_jobs.decode.stage_edits import SCHEMA, stage_edits
from spark_jobs.job import Job
from spark_jobs.merges.edits import STAGING_COLUMNS, merge_edits
from tidemark.contracts.topics import EDITS

JOB = Job(
    name="edits",
    reads=(EDITS,),
    stage=stage_edits,
    schema=SCHEMA,
    staging_columns=STAGING_COLUMNS,
    merge=merge_edits,
    every_s=1,
)

if __name__ == "__main__":
    sys.exit(main(job_stream(JOB)))
