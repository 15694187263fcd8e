-- Once repeats are removed from the staging table: a record that comes again is not counted again.
INSERT INTO oddity_minutes (minute_at, source, kind, records)
SELECT CAST(CONCAT(LEFT(staged.received_at, 17), '00') AS DATETIME) AS arrived_at, staged.source, kinds.kind,
       COUNT(*)
FROM {staged} staged STRAIGHT_JOIN ({kinds}) kinds ON FIND_IN_SET(kinds.kind, staged.detail)
WHERE staged.reason IS NULL AND staged.detail IS NOT NULL
GROUP BY arrived_at, staged.source, kinds.kind
ON DUPLICATE KEY UPDATE records = oddity_minutes.records + VALUES(records)
