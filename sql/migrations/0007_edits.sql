-- A change of a wiki once, however often it was sent. NULL means unknown, or that its type has no such thing.
-- type is edit, new, categorize, log or external; title has the namespace in front, whose number is namespace.
CREATE TABLE edits (
  source          VARCHAR(16)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  edit_id         VARCHAR(64)  COLLATE utf8mb4_bin NOT NULL,
  created_at      DATETIME(3)  NOT NULL,
  received_at     DATETIME(6)  NOT NULL,
  wiki            VARCHAR(64)  COLLATE utf8mb4_bin NOT NULL,
  type            VARCHAR(16)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  title           VARCHAR(400) COLLATE utf8mb4_bin NULL,
  namespace       INT          NULL,
  user_name       VARCHAR(255) COLLATE utf8mb4_bin NULL,
  is_bot          BOOLEAN      NOT NULL,
  is_minor        BOOLEAN      NOT NULL,
  bytes_added     INT          NULL,
  bytes_removed   INT          NULL,
  kafka_partition INT          NOT NULL,
  kafka_offset    BIGINT       NOT NULL,
  PRIMARY KEY (source, edit_id)
) DEFAULT CHARACTER SET utf8mb4;

-- Sums over new changes, by the minute, hour and day they were made in; charts read the coarsest that serves.
CREATE TABLE edit_minutes (
  minute_at     DATETIME    NOT NULL,
  wiki          VARCHAR(64) COLLATE utf8mb4_bin NOT NULL,
  type          VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  is_bot        BOOLEAN     NOT NULL,
  edits         INT         NOT NULL,
  minor_edits   INT         NOT NULL,
  bytes_added   BIGINT      NOT NULL,
  bytes_removed BIGINT      NOT NULL,
  PRIMARY KEY (minute_at, wiki, type, is_bot)
) DEFAULT CHARACTER SET utf8mb4;

CREATE TABLE edit_hours (
  hour_at       DATETIME    NOT NULL,
  wiki          VARCHAR(64) COLLATE utf8mb4_bin NOT NULL,
  type          VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  is_bot        BOOLEAN     NOT NULL,
  edits         INT         NOT NULL,
  minor_edits   INT         NOT NULL,
  bytes_added   BIGINT      NOT NULL,
  bytes_removed BIGINT      NOT NULL,
  PRIMARY KEY (hour_at, wiki, type, is_bot)
) DEFAULT CHARACTER SET utf8mb4;

CREATE TABLE edit_days (
  day_at        DATETIME    NOT NULL,
  wiki          VARCHAR(64) COLLATE utf8mb4_bin NOT NULL,
  type          VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  is_bot        BOOLEAN     NOT NULL,
  edits         INT         NOT NULL,
  minor_edits   INT         NOT NULL,
  bytes_added   BIGINT      NOT NULL,
  bytes_removed BIGINT      NOT NULL,
  PRIMARY KEY (day_at, wiki, type, is_bot)
) DEFAULT CHARACTER SET utf8mb4;

-- Edits and new pages alone: what was written to a page, and by whom. The most written to, and the busiest, are found
-- by magnitude as hashtags are (0004_hashtags.sql): by_magnitude for all wikis, of_wiki for one of them.
CREATE TABLE page_minutes (
  minute_at DATETIME     NOT NULL,
  is_bot    BOOLEAN      NOT NULL,
  wiki      VARCHAR(64)  COLLATE utf8mb4_bin NOT NULL,
  title     VARCHAR(400) COLLATE utf8mb4_bin NOT NULL,
  edits     INT          NOT NULL,
  magnitude TINYINT AS (FLOOR(LOG2(edits))) VIRTUAL,
  PRIMARY KEY (minute_at, is_bot, wiki, title),
  KEY by_magnitude (minute_at, is_bot, magnitude),
  KEY of_wiki (minute_at, is_bot, wiki, magnitude)
) DEFAULT CHARACTER SET utf8mb4;

CREATE TABLE page_hours (
  hour_at   DATETIME     NOT NULL,
  is_bot    BOOLEAN      NOT NULL,
  wiki      VARCHAR(64)  COLLATE utf8mb4_bin NOT NULL,
  title     VARCHAR(400) COLLATE utf8mb4_bin NOT NULL,
  edits     INT          NOT NULL,
  magnitude TINYINT AS (FLOOR(LOG2(edits))) VIRTUAL,
  PRIMARY KEY (hour_at, is_bot, wiki, title),
  KEY by_magnitude (hour_at, is_bot, magnitude),
  KEY of_wiki (hour_at, is_bot, wiki, magnitude)
) DEFAULT CHARACTER SET utf8mb4;

CREATE TABLE page_days (
  day_at    DATETIME     NOT NULL,
  is_bot    BOOLEAN      NOT NULL,
  wiki      VARCHAR(64)  COLLATE utf8mb4_bin NOT NULL,
  title     VARCHAR(400) COLLATE utf8mb4_bin NOT NULL,
  edits     INT          NOT NULL,
  magnitude TINYINT AS (FLOOR(LOG2(edits))) VIRTUAL,
  PRIMARY KEY (day_at, is_bot, wiki, title),
  KEY by_magnitude (day_at, is_bot, magnitude),
  KEY of_wiki (day_at, is_bot, wiki, magnitude)
) DEFAULT CHARACTER SET utf8mb4;

CREATE TABLE editor_minutes (
  minute_at DATETIME     NOT NULL,
  is_bot    BOOLEAN      NOT NULL,
  wiki      VARCHAR(64)  COLLATE utf8mb4_bin NOT NULL,
  user_name VARCHAR(255) COLLATE utf8mb4_bin NOT NULL,
  edits     INT          NOT NULL,
  magnitude TINYINT AS (FLOOR(LOG2(edits))) VIRTUAL,
  PRIMARY KEY (minute_at, is_bot, wiki, user_name),
  KEY by_magnitude (minute_at, is_bot, magnitude),
  KEY of_wiki (minute_at, is_bot, wiki, magnitude)
) DEFAULT CHARACTER SET utf8mb4;

CREATE TABLE editor_hours (
  hour_at   DATETIME     NOT NULL,
  is_bot    BOOLEAN      NOT NULL,
  wiki      VARCHAR(64)  COLLATE utf8mb4_bin NOT NULL,
  user_name VARCHAR(255) COLLATE utf8mb4_bin NOT NULL,
  edits     INT          NOT NULL,
  magnitude TINYINT AS (FLOOR(LOG2(edits))) VIRTUAL,
  PRIMARY KEY (hour_at, is_bot, wiki, user_name),
  KEY by_magnitude (hour_at, is_bot, magnitude),
  KEY of_wiki (hour_at, is_bot, wiki, magnitude)
) DEFAULT CHARACTER SET utf8mb4;

CREATE TABLE editor_days (
  day_at    DATETIME     NOT NULL,
  is_bot    BOOLEAN      NOT NULL,
  wiki      VARCHAR(64)  COLLATE utf8mb4_bin NOT NULL,
  user_name VARCHAR(255) COLLATE utf8mb4_bin NOT NULL,
  edits     INT          NOT NULL,
  magnitude TINYINT AS (FLOOR(LOG2(edits))) VIRTUAL,
  PRIMARY KEY (day_at, is_bot, wiki, user_name),
  KEY by_magnitude (day_at, is_bot, magnitude),
  KEY of_wiki (day_at, is_bot, wiki, magnitude)
) DEFAULT CHARACTER SET utf8mb4;

-- The newest rejected edits, without walking past all rejected posts.
ALTER TABLE rejected ADD KEY newest_of_topic (topic, received_at);
