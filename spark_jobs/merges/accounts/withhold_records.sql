-- Of hidden authors, and of deleted ones what they wrote before that.
DELETE staged FROM {staged} staged
STRAIGHT_JOIN accounts ON accounts.source = staged.source AND accounts.user_id = staged.user_id
WHERE (accounts.state = 'hidden'
       OR COALESCE(staged.version_at, staged.created_at) <= COALESCE(accounts.deleted_at, '1970-01-01'))
  AND staged.op NOT IN ('account', 'ignored')
