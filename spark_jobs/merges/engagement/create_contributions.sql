-- What each observation of a stretch adds to the sums (sign 1), or added to them before the batch (sign -1). A row is
-- of an observation among those of its post (is_post 1), or among those of its author, which has followers only.
CREATE TEMPORARY TABLE {contributions} (
  sign             TINYINT      NOT NULL,
  window_at        DATETIME     NOT NULL,
  day_at           DATETIME     NOT NULL,
  source           VARCHAR(16)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  query            VARCHAR(512) COLLATE utf8mb4_bin NOT NULL,
  ends_window      TINYINT      NOT NULL, -- the latest in its window of this post or author
  ends_day         TINYINT      NOT NULL,
  is_post          TINYINT      NOT NULL,
  is_first         TINYINT      NOT NULL DEFAULT 0,
  reposts          BIGINT       NOT NULL DEFAULT 0,
  likes            BIGINT       NOT NULL DEFAULT 0,
  replies          BIGINT       NOT NULL DEFAULT 0,
  quotes           BIGINT       NOT NULL DEFAULT 0,
  bookmarks        BIGINT       NOT NULL DEFAULT 0,
  impressions      BIGINT       NOT NULL DEFAULT 0,
  followers        BIGINT       NOT NULL DEFAULT 0,
  more_reposts     BIGINT       NOT NULL DEFAULT 0,
  more_likes       BIGINT       NOT NULL DEFAULT 0,
  more_replies     BIGINT       NOT NULL DEFAULT 0,
  more_quotes      BIGINT       NOT NULL DEFAULT 0,
  more_bookmarks   BIGINT       NOT NULL DEFAULT 0,
  more_impressions BIGINT       NOT NULL DEFAULT 0
) DEFAULT CHARACTER SET utf8mb4
