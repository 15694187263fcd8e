-- edit_minutes, edit_hours, edit_days
INSERT INTO edit_{grain}s ({grain}_at, wiki, type, is_bot, edits, minor_edits, bytes_added, bytes_removed)
SELECT {start} AS start_at, wiki, type, is_bot, COUNT(*), SUM(is_minor),
       COALESCE(SUM(bytes_added), 0), COALESCE(SUM(bytes_removed), 0)
FROM {staged} WHERE reason IS NULL
GROUP BY start_at, wiki, type, is_bot
ON DUPLICATE KEY UPDATE
  edits = edit_{grain}s.edits + VALUES(edits),
  minor_edits = edit_{grain}s.minor_edits + VALUES(minor_edits),
  bytes_added = edit_{grain}s.bytes_added + VALUES(bytes_added),
  bytes_removed = edit_{grain}s.bytes_removed + VALUES(bytes_removed)
