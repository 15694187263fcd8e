-- At the ends of a stretch, what is not read is the same before the batch is stored and afterwards: it cancels out.
INSERT INTO {contributions} (sign, window_at, day_at, source, query, ends_window, ends_day, is_post, is_first,
                             {counts}, {changes})
SELECT {sign}, window_at, TIMESTAMP(DATE(window_at)), source, query,
       COALESCE(window_at <> next_window_at, 1), COALESCE(DATE(window_at) <> DATE(next_window_at), 1), 1, is_first,
       {known_counts}, {known_changes}
FROM (
  SELECT engagement.source, engagement.query, {counts}, {before},
         LAG(engagement.observed_at) OVER series IS NULL AS is_first,
         CAST(CONCAT(LEFT(engagement.observed_at, 18), '0') AS DATETIME) AS window_at,
         CAST(CONCAT(LEFT(LEAD(engagement.observed_at) OVER series, 18), '0') AS DATETIME) AS next_window_at
  FROM {stretches} stretches STRAIGHT_JOIN engagement ON engagement.source = stretches.source
    AND engagement.post_id = stretches.id AND engagement.query = stretches.query
    AND engagement.observed_at BETWEEN stretches.from_at AND stretches.to_at
  WHERE stretches.series = 'post_id'
  WINDOW series AS (PARTITION BY engagement.source, engagement.query, engagement.post_id
                    ORDER BY engagement.observed_at)
) observed
