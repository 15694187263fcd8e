-- Followers, once an author and period: those of the latest observation of any of their posts.
INSERT INTO {contributions} (sign, window_at, day_at, source, query, ends_window, ends_day, is_post, followers)
SELECT {sign}, window_at, TIMESTAMP(DATE(window_at)), source, query,
       COALESCE(window_at <> next_window_at, 1), COALESCE(DATE(window_at) <> DATE(next_window_at), 1), 0, followers
FROM (
  SELECT engagement.source, engagement.query, engagement.followers,
         CAST(CONCAT(LEFT(engagement.observed_at, 18), '0') AS DATETIME) AS window_at,
         CAST(CONCAT(LEFT(LEAD(engagement.observed_at) OVER series, 18), '0') AS DATETIME) AS next_window_at
  FROM {stretches} stretches STRAIGHT_JOIN engagement ON engagement.source = stretches.source
    AND engagement.author_id = stretches.id AND engagement.query = stretches.query
    AND engagement.observed_at BETWEEN stretches.from_at AND stretches.to_at
  WHERE stretches.series = 'author_id' AND engagement.followers IS NOT NULL
  WINDOW series AS (PARTITION BY engagement.source, engagement.query, engagement.author_id
                    ORDER BY engagement.observed_at, engagement.post_id)
) observed
