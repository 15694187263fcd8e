"""What could not be read, with its bytes and where it lies."""

from spark_jobs.merges.statement import Statement


def rejected(job: str) -> Statement:
    """The staged rows that have a reason, of this job, into `rejected`."""
    return Statement(
        "rejected",
        f"""
        INSERT INTO rejected
          (topic_id, kafka_partition, kafka_offset, topic, source, reason, detail, payload, payload_bytes,
           payload_sha256, received_at)
        SELECT ledger.topic_id, staged.kafka_partition, staged.kafka_offset, staged.topic, staged.source,
               staged.reason, staged.detail, staged.payload, staged.payload_bytes, staged.payload_sha256,
               staged.received_at
        FROM {{staged}} staged JOIN ledger USING (topic, kafka_partition)
        WHERE staged.reason IS NOT NULL AND ledger.job = '{job}'
        ON DUPLICATE KEY UPDATE reason = rejected.reason
        """,  # noqa: S608, a name of our own
        needed=lambda batch: batch.rejected > 0,
    )
