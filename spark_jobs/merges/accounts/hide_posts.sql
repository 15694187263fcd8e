-- Stored posts of hidden authors, as if they were staged: a row for every {row_hashtags} hashtags.
-- The profile of the author is in `hidden_users`.
INSERT INTO hidden_records
  (source, user_id, kafka_partition, kafka_offset, position, post_id, created_at, version_at,
   received_at, op, is_repost, nb_hashtags, nb_mentions, nb_links, nb_friends, nb_followers, uses,
   username, username_original, display_name, lang, text, hashtags, spellings)
SELECT posts.source, posts.user_id, posts.kafka_partition, posts.kafka_offset,
       COALESCE(MIN(hashtags.position DIV {row_hashtags}), 0) * {row_hashtags}, posts.post_id,
       posts.created_at, posts.version_at,
       posts.received_at, posts.op, posts.is_repost, posts.nb_hashtags, posts.nb_mentions, posts.nb_links,
       NULL, NULL, COUNT(hashtags.position),
       NULL, NULL, NULL, posts.lang, posts.text,
       GROUP_CONCAT(hashtags.hashtag ORDER BY hashtags.position SEPARATOR '{separator}'),
       GROUP_CONCAT(hashtags.spelling ORDER BY hashtags.position SEPARATOR '{separator}')
FROM {superseded} superseded
STRAIGHT_JOIN posts ON posts.source = superseded.source AND posts.post_id = superseded.post_id
STRAIGHT_JOIN accounts ON accounts.source = posts.source AND accounts.user_id = posts.user_id
  AND accounts.state = 'hidden'
  AND NOT COALESCE(posts.version_at, posts.created_at) <= COALESCE(accounts.deleted_at, '1970-01-01')
LEFT JOIN hashtags ON hashtags.source = posts.source AND hashtags.post_id = posts.post_id
GROUP BY posts.source, posts.post_id, hashtags.position DIV {row_hashtags}
ON DUPLICATE KEY UPDATE op = hidden_records.op
