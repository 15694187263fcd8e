-- Leaves each edit staged once: as it was stored.
DELETE staged FROM {staged} staged
STRAIGHT_JOIN edits ON edits.source = staged.source AND edits.edit_id = staged.edit_id
WHERE staged.reason IS NULL
  AND NOT (edits.kafka_offset = staged.kafka_offset AND edits.kafka_partition = staged.kafka_partition)
