-- What Spark's executors counted of all that they staged (decode/partial_counts.py).
INSERT INTO post_minutes (minute_at, source, posts, reposts, edits, hashtag_uses)
SELECT partials.minute_at, partials.source, partials.posts, partials.reposts, partials.edits, partials.hashtag_uses
FROM {staged} staged STRAIGHT_JOIN JSON_TABLE(
  CONVERT(staged.payload USING utf8mb4), '$[*]' COLUMNS (
    minute_at    VARCHAR(19) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin PATH '$[0]',
    source       VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin PATH '$[1]',
    posts        INT         PATH '$[2]',
    reposts      INT         PATH '$[3]',
    edits        INT         PATH '$[4]',
    hashtag_uses INT         PATH '$[5]')
) partials
WHERE staged.position = {post_counts}
ON DUPLICATE KEY UPDATE
  posts = post_minutes.posts + VALUES(posts), reposts = post_minutes.reposts + VALUES(reposts),
  edits = post_minutes.edits + VALUES(edits), hashtag_uses = post_minutes.hashtag_uses + VALUES(hashtag_uses)
