-- One row per use. hashtag is the key: NFC, casefolded, without '#'; spelling is as the author wrote it.
CREATE TABLE hashtags (
  source     VARCHAR(16)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  post_id    VARCHAR(255) COLLATE utf8mb4_bin NOT NULL,
  position   INT          NOT NULL,
  hashtag    VARCHAR(255) COLLATE utf8mb4_bin NOT NULL,
  spelling   VARCHAR(255) COLLATE utf8mb4_bin NOT NULL,
  created_at DATETIME(3)  NOT NULL,
  PRIMARY KEY (source, post_id, position)
) DEFAULT CHARACTER SET utf8mb4;

-- Every magnitude there is: servers use an index for `=` to each of these where they would not for `>=`.
CREATE TABLE magnitudes (
  magnitude TINYINT NOT NULL PRIMARY KEY
);

INSERT INTO magnitudes VALUES
  (0), (1), (2), (3), (4), (5), (6), (7), (8), (9), (10), (11), (12), (13), (14), (15),
  (16), (17), (18), (19), (20), (21), (22), (23), (24), (25), (26), (27), (28), (29), (30), (31);

-- Uses by the minute, hour and day the post was written in; charts read the coarsest that serves.
-- magnitude finds the most used of a bucket without reading the others. An index on uses would do that too, but
-- each new use would move an entry in it, while the magnitude changes at 2, 4, 8, …: next to no cost for the writer.
CREATE TABLE hashtag_minutes (
  minute_at DATETIME     NOT NULL,
  source    VARCHAR(16)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  hashtag   VARCHAR(255) COLLATE utf8mb4_bin NOT NULL,
  uses      INT          NOT NULL,
  magnitude TINYINT AS (FLOOR(LOG2(uses))) VIRTUAL,
  PRIMARY KEY (minute_at, source, hashtag),
  KEY by_magnitude (minute_at, source, magnitude)
) DEFAULT CHARACTER SET utf8mb4;

CREATE TABLE hashtag_hours (
  hour_at   DATETIME     NOT NULL,
  source    VARCHAR(16)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  hashtag   VARCHAR(255) COLLATE utf8mb4_bin NOT NULL,
  uses      INT          NOT NULL,
  magnitude TINYINT AS (FLOOR(LOG2(uses))) VIRTUAL,
  PRIMARY KEY (hour_at, source, hashtag),
  KEY by_magnitude (hour_at, source, magnitude)
) DEFAULT CHARACTER SET utf8mb4;

CREATE TABLE hashtag_days (
  day_at    DATETIME     NOT NULL,
  source    VARCHAR(16)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  hashtag   VARCHAR(255) COLLATE utf8mb4_bin NOT NULL,
  uses      BIGINT       NOT NULL,
  magnitude TINYINT AS (FLOOR(LOG2(uses))) VIRTUAL,
  PRIMARY KEY (day_at, source, hashtag),
  KEY by_magnitude (day_at, source, magnitude)
) DEFAULT CHARACTER SET utf8mb4;
