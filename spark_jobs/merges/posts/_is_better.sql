-- Whether the staged copy stands instead of the stored one. Rows compare from left to right:
-- version and author of the staged copy first, arrival and place of the stored one.
((COALESCE(staged.version_at, '1970-01-01'), staged.user_id IS NOT NULL,
  posts.received_at, posts.kafka_partition, posts.kafka_offset)
 > (COALESCE(posts.version_at, '1970-01-01'), posts.user_id IS NOT NULL,
    staged.received_at, staged.kafka_partition, staged.kafka_offset))
