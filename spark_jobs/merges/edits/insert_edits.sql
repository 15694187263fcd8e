-- An edit that is still staged twice is in this batch twice: the one staged first is stored.
INSERT INTO edits (source, edit_id, created_at, received_at, wiki, type, title, namespace, user_name, is_bot,
                   is_minor, bytes_added, bytes_removed, kafka_partition, kafka_offset)
SELECT source, edit_id, created_at, received_at, wiki, type, title, namespace, user_name, is_bot,
       is_minor, bytes_added, bytes_removed, kafka_partition, kafka_offset
FROM {staged} WHERE reason IS NULL ORDER BY staged_id
ON DUPLICATE KEY UPDATE edit_id = edits.edit_id
