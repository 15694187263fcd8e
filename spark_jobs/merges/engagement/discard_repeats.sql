-- Leaves each observation staged once: as it was stored.
DELETE staged FROM {staged} staged
STRAIGHT_JOIN engagement ON engagement.source = staged.source AND engagement.post_id = staged.post_id
  AND engagement.observed_at = staged.observed_at
WHERE staged.reason IS NULL
  AND NOT (engagement.kafka_offset = staged.kafka_offset AND engagement.kafka_partition = staged.kafka_partition)
