-- A gap is detected some seconds after it began, and those were reported as covered. They are
-- cleared for the gaps of this batch, as they stand after it. What was covered after such a gap is
-- reported in the same batch, and lies outside of it.
-- `1 <<` the number, 0 to 60, of the first second of the minute that begins at the instant or later.
UPDATE source_minutes JOIN (
  SELECT minutes.minute_at, minutes.source,
         BIT_OR(
           (1 << LEAST(GREATEST(CEIL(TIMESTAMPDIFF(MICROSECOND, minutes.minute_at,
             GREATEST(COALESCE(gaps.ended_at, gaps.told_at), gaps.began_at)) / 1000000), 0), 60))
           - (1 << LEAST(GREATEST(CEIL(TIMESTAMPDIFF(MICROSECOND, minutes.minute_at, gaps.began_at) / 1000000), 0), 60))
         ) AS gap_seconds
  FROM (SELECT DISTINCT source, began_at FROM {staged} WHERE state IS NOT NULL) reported
  JOIN source_gaps gaps ON gaps.source = reported.source AND gaps.began_at = reported.began_at
  JOIN source_minutes minutes ON minutes.source = gaps.source
    AND minutes.minute_at > gaps.began_at - INTERVAL 1 MINUTE
    AND minutes.minute_at < GREATEST(COALESCE(gaps.ended_at, gaps.told_at), gaps.began_at)
  GROUP BY minutes.minute_at, minutes.source
) gone ON gone.minute_at = source_minutes.minute_at AND gone.source = source_minutes.source
SET source_minutes.seconds = source_minutes.seconds & ~gone.gap_seconds
