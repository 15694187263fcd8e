INSERT INTO {counted} (minute_at, source, hashtag, uses)
SELECT superseded.minute_at, superseded.source, hashtags.hashtag, -COUNT(*)
FROM {superseded} superseded
STRAIGHT_JOIN hashtags ON hashtags.source = superseded.source AND hashtags.post_id = superseded.post_id
GROUP BY superseded.minute_at, superseded.source, hashtags.hashtag
