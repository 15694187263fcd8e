-- hashtag_hours, hashtag_days: from the counts of minutes, which are far fewer rows than the uses.
INSERT INTO hashtag_{grain}s ({grain}_at, source, hashtag, uses)
SELECT {start} AS {grain}_at, source, hashtag, SUM(uses) FROM {counted} counted
GROUP BY {grain}_at, source, hashtag
ON DUPLICATE KEY UPDATE uses = hashtag_{grain}s.uses + VALUES(uses)
