-- A source that was set aside by an earlier batch gets no rows. One that this batch sets aside has
-- not_stored = 0, and gets them: of a wrong file there are rows to look at.
INSERT INTO rejected
  (topic_id, kafka_partition, kafka_offset, topic, source, reason, detail, payload, payload_bytes,
   payload_sha256, received_at)
SELECT ledger.topic_id, staged.kafka_partition, staged.kafka_offset, staged.topic, staged.source,
       staged.reason, staged.detail, staged.payload, staged.payload_bytes, staged.payload_sha256,
       staged.received_at
FROM {staged} staged JOIN ledger USING (topic, kafka_partition)
WHERE staged.reason IS NOT NULL AND ledger.job = %s
  AND COALESCE(staged.source, '') NOT IN (
    SELECT source FROM source_rejects
    WHERE job = %s AND set_aside_at IS NOT NULL AND not_stored > 0)
ON DUPLICATE KEY UPDATE reason = rejected.reason
