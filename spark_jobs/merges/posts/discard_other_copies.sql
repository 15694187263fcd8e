-- Leaves each post staged once.
DELETE staged FROM {staged} staged
STRAIGHT_JOIN {copies} copies ON copies.source = staged.source AND copies.post_id = staged.post_id
WHERE NOT (copies.kafka_partition = staged.kafka_partition AND copies.kafka_offset = staged.kafka_offset)
