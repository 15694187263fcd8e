-- Whether the report replaces the stored one. Reports of a gap may arrive out of order: one of a
-- gap that ended replaces one of an open gap; of two such the later stands.
(CASE
  WHEN (VALUES(state) = 'open') <> (source_gaps.state = 'open') THEN source_gaps.state = 'open'
  ELSE VALUES(told_at) >= source_gaps.told_at END)
