INSERT INTO {copies} (source, post_id, earliest, kafka_partition, kafka_offset)
SELECT source, post_id, earliest, kafka_partition, kafka_offset FROM (
  SELECT source, post_id, kafka_partition, kafka_offset,
         MIN(IF(op = 'delete', NULL, created_at)) OVER of_post AS earliest, COUNT(*) OVER of_post AS copies,
         ROW_NUMBER() OVER (of_post ORDER BY op = 'delete' DESC, COALESCE(version_at, '1970-01-01') DESC,
                            user_id IS NOT NULL DESC, received_at, kafka_partition, kafka_offset) AS place
  FROM {staged} WHERE position = 0 AND post_id IS NOT NULL WINDOW of_post AS (PARTITION BY source, post_id)
) ranked WHERE copies > 1 AND place = 1
