-- Of each account of the batch that is closed now: its source, and between which ids its posts lie.
-- An id of Bluesky's begins with its author's, and no other network reports accounts. '0' is the
-- character after '/'.
SELECT accounts.source, CONCAT('at://', accounts.user_id, '/'), CONCAT('at://', accounts.user_id, '0')
FROM (SELECT DISTINCT source, user_id FROM {staged} WHERE op = 'account') changed
JOIN accounts ON accounts.source = changed.source AND accounts.user_id = changed.user_id
  AND accounts.is_closed = 1
