INSERT INTO {counted} (minute_at, source, hashtag, uses)
SELECT staged.minute_at, staged.source,
       SUBSTRING_INDEX(SUBSTRING_INDEX(staged.hashtags, '{separator}', pieces.piece + 1), '{separator}', -1) AS hashtag,
       COUNT(*)
FROM {staged} staged STRAIGHT_JOIN pieces ON pieces.uses = staged.uses
GROUP BY minute_at, source, hashtag
