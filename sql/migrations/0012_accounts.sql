-- What a source said last of whether an account is there: active, hidden (its posts may come back) or deleted.
-- Posts whose version is not newer than deleted_at are gone for good.
CREATE TABLE accounts (
  source     VARCHAR(16)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  user_id    VARCHAR(255) COLLATE utf8mb4_bin NOT NULL,
  state      VARCHAR(8)   CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  changed_at DATETIME(3)  NOT NULL,
  deleted_at DATETIME(3)  NULL,
  is_closed  BOOLEAN AS (state <> 'active' OR deleted_at IS NOT NULL) VIRTUAL,
  PRIMARY KEY (source, user_id),
  KEY closed (is_closed) -- asked of each batch: is there any
) DEFAULT CHARACTER SET utf8mb4;

-- Records of authors who are hidden, as they were staged, whatever came of them before: they are merged again when the
-- author comes back. hashtags and spellings are packed as in the staging table.
CREATE TABLE hidden_records (
  source            VARCHAR(16)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  user_id           VARCHAR(255) COLLATE utf8mb4_bin NOT NULL,
  kafka_partition   INT          NOT NULL,
  kafka_offset      BIGINT       NOT NULL,
  position          INT          NOT NULL,
  post_id           VARCHAR(255) COLLATE utf8mb4_bin NULL,
  created_at        DATETIME(3)  NOT NULL,
  version_at        DATETIME(3)  NULL,
  received_at       DATETIME(6)  NOT NULL,
  op                VARCHAR(8)   CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  is_repost         BOOLEAN      NOT NULL,
  nb_hashtags       INT          NOT NULL,
  nb_mentions       INT          NOT NULL,
  nb_links          INT          NOT NULL,
  nb_friends        BIGINT       NULL,
  nb_followers      BIGINT       NULL,
  uses              INT          NOT NULL,
  username          VARCHAR(255) COLLATE utf8mb4_bin NULL,
  username_original VARCHAR(255) COLLATE utf8mb4_bin NULL,
  display_name      VARCHAR(255) COLLATE utf8mb4_bin NULL,
  lang              VARCHAR(35)  NULL,
  hashtags          TEXT         COLLATE utf8mb4_bin NULL,
  spellings         TEXT         COLLATE utf8mb4_bin NULL,
  PRIMARY KEY (source, user_id, kafka_partition, kafka_offset, position)
) DEFAULT CHARACTER SET utf8mb4;

CREATE TABLE hidden_users LIKE users;
