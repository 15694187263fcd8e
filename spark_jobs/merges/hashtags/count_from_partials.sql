-- What Spark's executors counted of all that they staged (decode/partial_counts.py).
INSERT INTO {counted} (minute_at, source, hashtag, uses)
SELECT partials.minute_at, partials.source, partials.hashtag, SUM(partials.uses)
FROM {staged} staged STRAIGHT_JOIN JSON_TABLE(
  CONVERT(staged.payload USING utf8mb4), '$[*]' COLUMNS (
    minute_at VARCHAR(19)  CHARACTER SET utf8mb4 COLLATE utf8mb4_bin PATH '$[0]',
    source    VARCHAR(16)  CHARACTER SET utf8mb4 COLLATE utf8mb4_bin PATH '$[1]',
    hashtag   VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin PATH '$[2]',
    uses      INT          PATH '$[3]')
) partials
WHERE staged.position = {hashtag_counts}
GROUP BY partials.minute_at, partials.source, partials.hashtag
