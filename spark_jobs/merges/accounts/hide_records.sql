-- Staged records of hidden authors, as they are staged.
INSERT INTO hidden_records
  (source, user_id, kafka_partition, kafka_offset, position, post_id, created_at, version_at,
   received_at, op, is_repost, nb_hashtags, nb_mentions, nb_links, nb_friends, nb_followers, uses,
   username, username_original, display_name, lang, text, hashtags, spellings)
SELECT staged.source, staged.user_id, staged.kafka_partition, staged.kafka_offset, staged.position,
       staged.post_id, staged.created_at, staged.version_at,
       staged.received_at, staged.op, staged.is_repost, staged.nb_hashtags, staged.nb_mentions,
       staged.nb_links, staged.nb_friends, staged.nb_followers, staged.uses,
       staged.username, staged.username_original, staged.display_name, staged.lang, staged.text, staged.hashtags,
       staged.spellings
FROM {staged} staged
STRAIGHT_JOIN accounts ON accounts.source = staged.source AND accounts.user_id = staged.user_id
WHERE accounts.state = 'hidden'
  AND NOT COALESCE(staged.version_at, staged.created_at) <= COALESCE(accounts.deleted_at, '1970-01-01')
  AND staged.op NOT IN ('account', 'ignored')
ON DUPLICATE KEY UPDATE op = hidden_records.op
