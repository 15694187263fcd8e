-- Posts whose share in the sums is removed; of one that stands, but was made earlier than was
-- known, `moved_to`. A temporary table is created and dropped without ending the transaction.
CREATE TEMPORARY TABLE {superseded} (
  source      VARCHAR(16)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  post_id     VARCHAR(255) COLLATE utf8mb4_bin NOT NULL,
  created_at  DATETIME(3)  NOT NULL,
  minute_at   DATETIME     AS (CAST(CONCAT(LEFT(created_at, 17), '00') AS DATETIME)) VIRTUAL,
  user_id     VARCHAR(255) COLLATE utf8mb4_bin NULL,
  op          VARCHAR(8)   CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  is_repost   BOOLEAN      NOT NULL,
  nb_hashtags INT          NOT NULL,
  moved_to    DATETIME(3)  NULL,
  PRIMARY KEY (source, post_id)
) DEFAULT CHARACTER SET utf8mb4
