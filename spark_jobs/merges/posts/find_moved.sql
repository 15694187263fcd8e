-- Posts of which the stored version stands, but was made earlier than is stored.
INSERT INTO {superseded} (source, post_id, created_at, user_id, op, is_repost, nb_hashtags, moved_to)
SELECT posts.source, posts.post_id, posts.created_at, posts.user_id, posts.op, posts.is_repost, posts.nb_hashtags,
       staged.created_at
FROM {staged} staged STRAIGHT_JOIN posts ON posts.source = staged.source AND posts.post_id = staged.post_id
WHERE staged.position = 0 AND NOT {supersedes}
  AND posts.op <> 'delete' AND staged.op <> 'delete' AND staged.created_at < posts.created_at
ON DUPLICATE KEY UPDATE moved_to = NULL
