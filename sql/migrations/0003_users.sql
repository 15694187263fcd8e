-- An author as their newest post that tells of them (profile_at, then profile_post_id) shows them.
-- username is for charts, without emoji; username_original is as it came. NULL means unknown, never 0.
CREATE TABLE users (
  source            VARCHAR(16)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  user_id           VARCHAR(255) COLLATE utf8mb4_bin NOT NULL,
  username          VARCHAR(255) COLLATE utf8mb4_bin NULL,
  username_original VARCHAR(255) COLLATE utf8mb4_bin NULL,
  display_name      VARCHAR(255) COLLATE utf8mb4_bin NULL,
  nb_friends        BIGINT       NULL,
  nb_followers      BIGINT       NULL,
  posts             BIGINT       NOT NULL,
  first_seen_at     DATETIME(3)  NOT NULL,
  last_seen_at      DATETIME(3)  NOT NULL,
  profile_at        DATETIME(3)  NULL,
  profile_post_id   VARCHAR(255) COLLATE utf8mb4_bin NULL,
  PRIMARY KEY (source, user_id),
  KEY newest (first_seen_at),
  KEY most_friends (nb_friends)
) DEFAULT CHARACTER SET utf8mb4;
