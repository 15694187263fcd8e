-- What the counts of a post were at an instant, each observation once, however often it was sent. NULL: not reported.
CREATE TABLE engagement (
  source          VARCHAR(16)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  post_id         VARCHAR(255) COLLATE utf8mb4_bin NOT NULL,
  observed_at     DATETIME(6)  NOT NULL,
  query           VARCHAR(512) COLLATE utf8mb4_bin NOT NULL, -- which found the post; '' where none did
  author_id       VARCHAR(255) COLLATE utf8mb4_bin NULL,
  reposts         BIGINT       NULL,
  likes           BIGINT       NULL,
  replies         BIGINT       NULL,
  quotes          BIGINT       NULL,
  bookmarks       BIGINT       NULL,
  impressions     BIGINT       NULL,
  followers       BIGINT       NULL, -- of the author
  received_at     DATETIME(6)  NOT NULL,
  kafka_partition INT          NOT NULL,
  kafka_offset    BIGINT       NOT NULL,
  PRIMARY KEY (source, post_id, observed_at),
  -- An author's observations before and after those of a batch: followers count once an author and period.
  KEY of_author (source, author_id, observed_at),
  -- Posts that grow fastest, in the range of a chart.
  KEY by_time (observed_at)
) DEFAULT CHARACTER SET utf8mb4;

-- Sums over 10 seconds and days of event time, for each query of a source: docs/decisions/0015.
-- reposts … impressions: of each post the latest observation in the period; followers: of each author the latest.
-- more_…: changes since the observation before of the same post; firsts: observations without one before.
CREATE TABLE engagement_windows (
  window_at        DATETIME     NOT NULL,
  source           VARCHAR(16)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  query            VARCHAR(512) COLLATE utf8mb4_bin NOT NULL,
  observations     BIGINT       NOT NULL,
  posts            BIGINT       NOT NULL,
  firsts           BIGINT       NOT NULL,
  reposts          BIGINT       NOT NULL,
  likes            BIGINT       NOT NULL,
  replies          BIGINT       NOT NULL,
  quotes           BIGINT       NOT NULL,
  bookmarks        BIGINT       NOT NULL,
  impressions      BIGINT       NOT NULL,
  followers        BIGINT       NOT NULL,
  more_reposts     BIGINT       NOT NULL,
  more_likes       BIGINT       NOT NULL,
  more_replies     BIGINT       NOT NULL,
  more_quotes      BIGINT       NOT NULL,
  more_bookmarks   BIGINT       NOT NULL,
  more_impressions BIGINT       NOT NULL,
  PRIMARY KEY (window_at, source, query)
) DEFAULT CHARACTER SET utf8mb4;

CREATE TABLE engagement_days (
  day_at           DATETIME     NOT NULL,
  source           VARCHAR(16)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  query            VARCHAR(512) COLLATE utf8mb4_bin NOT NULL,
  observations     BIGINT       NOT NULL,
  posts            BIGINT       NOT NULL,
  firsts           BIGINT       NOT NULL,
  reposts          BIGINT       NOT NULL,
  likes            BIGINT       NOT NULL,
  replies          BIGINT       NOT NULL,
  quotes           BIGINT       NOT NULL,
  bookmarks        BIGINT       NOT NULL,
  impressions      BIGINT       NOT NULL,
  followers        BIGINT       NOT NULL,
  more_reposts     BIGINT       NOT NULL,
  more_likes       BIGINT       NOT NULL,
  more_replies     BIGINT       NOT NULL,
  more_quotes      BIGINT       NOT NULL,
  more_bookmarks   BIGINT       NOT NULL,
  more_impressions BIGINT       NOT NULL,
  PRIMARY KEY (day_at, source, query)
) DEFAULT CHARACTER SET utf8mb4;
