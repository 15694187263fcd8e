-- Of two deletes of a post the better copy stands, as of any other version.
UPDATE {staged} staged STRAIGHT_JOIN posts ON posts.source = staged.source AND posts.post_id = staged.post_id
SET posts.created_at = staged.created_at, posts.received_at = staged.received_at,
    posts.version_at = staged.version_at, posts.kafka_partition = staged.kafka_partition,
    posts.kafka_offset = staged.kafka_offset
WHERE posts.op = 'delete' AND staged.op = 'delete' AND {is_better}
