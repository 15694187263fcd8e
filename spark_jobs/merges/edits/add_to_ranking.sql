-- page_minutes, editor_hours, …: edits and new pages, by {column}
INSERT INTO {ranked}_{grain}s ({grain}_at, is_bot, wiki, {column}, edits)
SELECT {start} AS start_at, is_bot, wiki, {column}, COUNT(*)
FROM {staged} WHERE reason IS NULL AND type IN ('edit', 'new') AND {column} IS NOT NULL
GROUP BY start_at, is_bot, wiki, {column}
ON DUPLICATE KEY UPDATE edits = {ranked}_{grain}s.edits + VALUES(edits)
