UPDATE users JOIN (
  SELECT source, user_id, COUNT(*) AS gone FROM {superseded} WHERE user_id IS NOT NULL GROUP BY source, user_id
) theirs ON users.source = theirs.source AND users.user_id = theirs.user_id
SET users.posts = users.posts - theirs.gone
