INSERT INTO post_minutes (minute_at, source, posts, reposts, edits, hashtag_uses)
SELECT minute_at, source, COUNT(*), SUM(is_repost), SUM(op = 'update'), SUM(nb_hashtags)
FROM {staged} WHERE position = 0 AND post_id IS NOT NULL AND op <> 'delete'
GROUP BY minute_at, source
ON DUPLICATE KEY UPDATE
  posts = post_minutes.posts + VALUES(posts), reposts = post_minutes.reposts + VALUES(reposts),
  edits = post_minutes.edits + VALUES(edits), hashtag_uses = post_minutes.hashtag_uses + VALUES(hashtag_uses)
