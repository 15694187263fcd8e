-- An observation that is still staged twice is in this batch twice: the one staged first is stored.
INSERT INTO engagement (source, post_id, observed_at, query, author_id, reposts, likes, replies, quotes, bookmarks,
                        impressions, followers, received_at, kafka_partition, kafka_offset)
SELECT source, post_id, observed_at, query, author_id, reposts, likes, replies, quotes, bookmarks,
       impressions, followers, received_at, kafka_partition, kafka_offset
FROM {staged} WHERE reason IS NULL ORDER BY staged_id
ON DUPLICATE KEY UPDATE post_id = engagement.post_id
