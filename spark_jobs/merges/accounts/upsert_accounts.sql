-- The newest event of an account stands; of two of the same millisecond, the later of these states.
INSERT INTO accounts (source, user_id, state, changed_at, deleted_at)
SELECT source, user_id, detail, created_at, IF(detail = 'deleted', created_at, NULL)
FROM {staged} WHERE op = 'account' ORDER BY staged_id
ON DUPLICATE KEY UPDATE
  deleted_at = GREATEST(COALESCE(accounts.deleted_at, VALUES(deleted_at)),
                        COALESCE(VALUES(deleted_at), accounts.deleted_at)),
  state = IF(VALUES(changed_at) > accounts.changed_at
             OR (VALUES(changed_at) = accounts.changed_at
                 AND FIELD(VALUES(state), 'active', 'hidden', 'deleted')
                     > FIELD(accounts.state, 'active', 'hidden', 'deleted')),
             VALUES(state), accounts.state),
  changed_at = GREATEST(accounts.changed_at, VALUES(changed_at))
