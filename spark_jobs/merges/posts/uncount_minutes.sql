UPDATE post_minutes JOIN (
  SELECT source, minute_at, COUNT(*) AS posts, SUM(is_repost) AS reposts, SUM(op = 'update') AS edits,
         SUM(nb_hashtags) AS hashtag_uses
  FROM {superseded} GROUP BY source, minute_at
) gone ON post_minutes.source = gone.source AND post_minutes.minute_at = gone.minute_at
SET post_minutes.posts = post_minutes.posts - gone.posts,
    post_minutes.reposts = post_minutes.reposts - gone.reposts,
    post_minutes.edits = post_minutes.edits - gone.edits,
    post_minutes.hashtag_uses = post_minutes.hashtag_uses - gone.hashtag_uses
