DELETE {from_table}
FROM (SELECT DISTINCT source, user_id FROM {staged} WHERE op = 'account') changed
JOIN accounts ON accounts.source = changed.source AND accounts.user_id = changed.user_id AND accounts.state = '{state}'
JOIN {from_table} ON {from_table}.source = changed.source AND {from_table}.user_id = changed.user_id
