-- MySQL assigns from left to right, and later terms see what earlier ones assigned. So the two
-- columns that {replaces} compares come last, and told_at before state: only told_at can move back,
-- where a gap that ended replaces an open one, and then the state alone decides.
INSERT INTO source_gaps (source, began_at, ended_at, why, state, events, told_at)
SELECT source, began_at, ended_at, why, state, events, received_at
FROM {staged} WHERE state IS NOT NULL ORDER BY staged_id
ON DUPLICATE KEY UPDATE
  ended_at = IF({replaces}, VALUES(ended_at), source_gaps.ended_at),
  why = IF({replaces}, VALUES(why), source_gaps.why),
  events = IF({replaces}, VALUES(events), source_gaps.events),
  told_at = IF({replaces}, VALUES(told_at), source_gaps.told_at),
  state = IF(source_gaps.state = 'open' OR (VALUES(state) <> 'open' AND source_gaps.told_at = VALUES(told_at)),
             VALUES(state), source_gaps.state)
