-- Posts of one account of list_closed.sql that are not to be seen any more.
-- No index of `posts` leads to an author, and one would cost each post 3 µs. Executed for each
-- account: servers use the key of `posts` for the range where its ends are values, and not where
-- they are columns of another table.
INSERT INTO {superseded} (source, post_id, created_at, user_id, op, is_repost, nb_hashtags)
SELECT posts.source, posts.post_id, posts.created_at, posts.user_id, posts.op, posts.is_repost, posts.nb_hashtags
FROM posts STRAIGHT_JOIN accounts ON accounts.source = posts.source AND accounts.user_id = posts.user_id
WHERE posts.source = %s AND posts.post_id > %s AND posts.post_id < %s
  AND posts.op <> 'delete'
  AND (accounts.state = 'hidden'
       OR COALESCE(posts.version_at, posts.created_at) <= COALESCE(accounts.deleted_at, '1970-01-01'))
