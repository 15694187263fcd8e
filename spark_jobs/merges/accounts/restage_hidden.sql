-- Records of authors who are active again are merged like any others of this batch.
INSERT INTO {staged}
  (facts, post_id, user_id, username, username_original, display_name, lang, text, hashtags, spellings)
SELECT {facts_of_hidden}, hidden.post_id, hidden.user_id, hidden.username, hidden.username_original,
       hidden.display_name, hidden.lang, hidden.text, hidden.hashtags, hidden.spellings
FROM (SELECT DISTINCT source, user_id FROM {staged} WHERE op = 'account') changed
JOIN accounts ON accounts.source = changed.source AND accounts.user_id = changed.user_id
JOIN hidden_records hidden ON hidden.source = changed.source AND hidden.user_id = changed.user_id
WHERE accounts.state = 'active'
