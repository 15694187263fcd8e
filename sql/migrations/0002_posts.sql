-- A post once, however often it was sent. NULL means unknown.
CREATE TABLE posts (
  source          VARCHAR(16)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  post_id         VARCHAR(255) COLLATE utf8mb4_bin NOT NULL,
  created_at      DATETIME(3)  NOT NULL,
  received_at     DATETIME(6)  NOT NULL,
  user_id         VARCHAR(255) COLLATE utf8mb4_bin NULL,
  lang            VARCHAR(35)  NULL,
  op              VARCHAR(8)   CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  is_repost       BOOLEAN      NOT NULL,
  nb_hashtags     INT          NOT NULL,
  nb_mentions     INT          NOT NULL,
  nb_links        INT          NOT NULL,
  kafka_partition INT          NOT NULL,
  kafka_offset    BIGINT       NOT NULL,
  PRIMARY KEY (source, post_id)
) DEFAULT CHARACTER SET utf8mb4;

-- Sums over new posts, by the minute they were written in.
CREATE TABLE post_minutes (
  minute_at    DATETIME    NOT NULL,
  source       VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  posts        INT         NOT NULL,
  reposts      INT         NOT NULL,
  edits        INT         NOT NULL,
  hashtag_uses INT         NOT NULL,
  PRIMARY KEY (minute_at, source)
);
