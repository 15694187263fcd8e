-- hashtag_minutes, hashtag_hours, hashtag_days: rows that count nothing any more.
DELETE hashtag_{grain}s FROM {counted} counted
STRAIGHT_JOIN hashtag_{grain}s ON hashtag_{grain}s.{grain}_at = {start}
  AND hashtag_{grain}s.source = counted.source AND hashtag_{grain}s.hashtag = counted.hashtag
WHERE hashtag_{grain}s.uses = 0
