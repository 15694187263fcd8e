-- Every copy of a post may hold a newer profile of its author, whichever copy stands. A copy that
-- is stored already was counted here before.
{insert_author}
FROM {staged} staged
LEFT JOIN posts ON posts.source = staged.source AND posts.post_id = staged.post_id
LEFT JOIN {copies} copies ON copies.source = staged.source AND copies.post_id = staged.post_id
WHERE staged.position = 0 AND staged.user_id IS NOT NULL AND staged.post_id IS NOT NULL
  AND (copies.post_id IS NOT NULL OR (posts.post_id IS NOT NULL AND NOT (
    posts.kafka_offset = staged.kafka_offset AND posts.kafka_partition = staged.kafka_partition)))
{on_duplicate_user}
