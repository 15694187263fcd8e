"""What could not be read, with its bytes and where it lies."""

from spark_jobs.merges.statement import Statement


def rejected(job: str) -> Statement:
    """Return what puts staged rows with a reason into `rejected`, but for those of sources that
    were set aside before.

    A source that the batch itself sets aside has not_stored 0: of a wrong file there are rows to
    look at.
    """
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
          AND COALESCE(staged.source, '') NOT IN (
            SELECT source FROM source_rejects
            WHERE job = '{job}' AND set_aside_at IS NOT NULL AND not_stored > 0)
        ON DUPLICATE KEY UPDATE reason = rejected.reason
        """,  # noqa: S608, a name of our own
        needed=lambda batch: batch.rejected > 0,
    )
