INSERT INTO hashtag_minutes (minute_at, source, hashtag, uses)
SELECT minute_at, source, hashtag, uses FROM {counted}
ON DUPLICATE KEY UPDATE uses = hashtag_minutes.uses + VALUES(uses)
