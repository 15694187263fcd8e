-- The server counts a row that it inserts as one, and a post that is stored already as none.
INSERT INTO posts (source, post_id, created_at, version_at, received_at, user_id, lang, op, is_repost,
                   nb_hashtags, nb_mentions, nb_links, kafka_partition, kafka_offset, text)
SELECT source, post_id, created_at, version_at, received_at, user_id, lang, op, is_repost,
       nb_hashtags, nb_mentions, nb_links, kafka_partition, kafka_offset, text
FROM {staged} WHERE position = 0 AND post_id IS NOT NULL
ON DUPLICATE KEY UPDATE post_id = posts.post_id
