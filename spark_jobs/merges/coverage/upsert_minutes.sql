-- `seconds` has a bit for each second of the minute that was covered.
INSERT INTO source_minutes (minute_at, source, seconds)
SELECT minute_at, source, BIT_OR(seconds) FROM {staged} WHERE minute_at IS NOT NULL
GROUP BY minute_at, source
ON DUPLICATE KEY UPDATE seconds = source_minutes.seconds | VALUES(seconds)
