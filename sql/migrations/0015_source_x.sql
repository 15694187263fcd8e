-- Producers reported the coverage of X as source x_stream, while its posts are of source x. All tables call it x now.
INSERT INTO source_minutes (minute_at, source, seconds)
SELECT minute_at, 'x', seconds FROM source_minutes AS former WHERE source = 'x_stream'
ON DUPLICATE KEY UPDATE seconds = source_minutes.seconds | VALUES(seconds);
DELETE FROM source_minutes WHERE source = 'x_stream';

-- A gap that is there under both names was reported again as x, so that row is the newer one and stays.
INSERT INTO source_gaps (source, began_at, ended_at, why, state, events, told_at)
SELECT 'x', began_at, ended_at, why, state, events, told_at FROM source_gaps AS former WHERE source = 'x_stream'
ON DUPLICATE KEY UPDATE source = source_gaps.source;
DELETE FROM source_gaps WHERE source = 'x_stream';

UPDATE rejected SET source = 'x' WHERE source = 'x_stream';
-- Of a job that counted under both names the count as x is the newer one and stays.
UPDATE IGNORE source_rejects SET source = 'x' WHERE source = 'x_stream';
DELETE FROM source_rejects WHERE source = 'x_stream';
