"""Posts of any source → users, hashtags, rollups and rejected rows. Also for plain spark-submit."""

import sys
from collections.abc import Mapping

from spark_jobs.adapters.driver import main
from spark_jobs.adapters.job_stream import job_stream
from spark_jobs.decode.stage_posts import SCHEMA, stage_posts
from spark_jobs.job import Job
from spark_jobs.merges.hashtags import COUNTED_COLUMNS
from spark_jobs.merges.posts import STAGING_COLUMNS, merge_posts
from tidemark.contracts.topics import POSTS, REJECTED
from tidemark.settings import Settings


def _stage_options(settings: Settings) -> Mapping[str, bool]:
    return {"keep_text": settings.posts.keep_text}


JOB = Job(
    name="posts",
    reads=(POSTS, REJECTED),
    stage=stage_posts,
    stage_options=_stage_options,
    schema=SCHEMA,
    staging_columns=STAGING_COLUMNS,
    counted_columns=COUNTED_COLUMNS,
    merge=merge_posts,
)

if __name__ == "__main__":
    sys.exit(main(job_stream(JOB)))
