-- Of deleted accounts. A row of `users` may still count posts that retention has dropped since.
DELETE {table}
FROM (SELECT DISTINCT source, user_id FROM {staged} WHERE op = 'account') changed
JOIN accounts ON accounts.source = changed.source AND accounts.user_id = changed.user_id
JOIN {table} ON {table}.source = changed.source AND {table}.user_id = changed.user_id
WHERE accounts.state = 'deleted' AND ({table}.posts = 0 OR {table}.last_seen_at <= accounts.deleted_at)
