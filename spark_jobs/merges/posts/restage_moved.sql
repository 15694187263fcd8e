-- A row for every {row_hashtags} hashtags, as posts are staged. The profile of the author is in `users`.
INSERT INTO {staged}
  (facts, post_id, user_id, username, username_original, display_name, lang, text, hashtags, spellings)
SELECT {facts_of_moved}, moved.post_id, moved.user_id, NULL, NULL, NULL, moved.lang, moved.text, moved.hashtags,
       moved.spellings
FROM (
  SELECT posts.source, posts.post_id, posts.user_id, posts.lang, posts.text, MIN(superseded.moved_to) AS created_at,
         posts.version_at, posts.received_at, posts.op, posts.is_repost, posts.nb_hashtags, posts.nb_mentions,
         posts.nb_links, posts.kafka_partition, posts.kafka_offset,
         COALESCE(MIN(hashtags.position DIV {row_hashtags}), 0) * {row_hashtags} AS position,
         COUNT(hashtags.position) AS uses,
         GROUP_CONCAT(hashtags.hashtag ORDER BY hashtags.position SEPARATOR '{separator}') AS hashtags,
         GROUP_CONCAT(hashtags.spelling ORDER BY hashtags.position SEPARATOR '{separator}') AS spellings
  FROM {superseded} superseded
  STRAIGHT_JOIN posts ON posts.source = superseded.source AND posts.post_id = superseded.post_id
    AND superseded.moved_to IS NOT NULL
  LEFT JOIN hashtags ON hashtags.source = posts.source AND hashtags.post_id = posts.post_id
  GROUP BY posts.source, posts.post_id, hashtags.position DIV {row_hashtags}
) moved
