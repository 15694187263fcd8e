-- A post of an account that is closed may be deleted in the same batch: it is there already, its
-- share is removed once, and it is not stored again.
INSERT INTO {superseded} (source, post_id, created_at, user_id, op, is_repost, nb_hashtags, moved_to)
SELECT posts.source, posts.post_id, posts.created_at, posts.user_id, posts.op, posts.is_repost, posts.nb_hashtags,
       NULL
FROM {staged} staged STRAIGHT_JOIN posts ON posts.source = staged.source AND posts.post_id = staged.post_id
WHERE staged.position = 0 AND {supersedes}
ON DUPLICATE KEY UPDATE moved_to = NULL
