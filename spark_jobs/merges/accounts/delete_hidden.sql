-- Those that are staged again, and those that were written before their author's account was deleted.
DELETE hidden
FROM (SELECT DISTINCT source, user_id FROM {staged} WHERE op = 'account') changed
JOIN accounts ON accounts.source = changed.source AND accounts.user_id = changed.user_id
JOIN hidden_records hidden ON hidden.source = changed.source AND hidden.user_id = changed.user_id
WHERE accounts.state <> 'hidden'
   OR COALESCE(hidden.version_at, hidden.created_at) <= COALESCE(accounts.deleted_at, '1970-01-01')
