-- When a source was not heard. began_at is when it last was; later tellings of the same gap replace the earlier.
-- why is cut, silence, refused, stopped or clamped; state is open, healed (all came later) or lost.
CREATE TABLE source_gaps (
  source   VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  began_at DATETIME(6) NOT NULL,
  ended_at DATETIME(6) NULL,
  why      VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  state    VARCHAR(8)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  events   BIGINT      NOT NULL, -- of those that were missed, how many have come
  told_at  DATETIME(6) NOT NULL,
  PRIMARY KEY (source, began_at)
);

-- Which seconds of a minute a source was heard in, a bit for each, the lowest for second 0: told twice, or by stretches
-- that overlap, a second is still one second.
CREATE TABLE source_minutes (
  minute_at DATETIME        NOT NULL,
  source    VARCHAR(16)     CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  seconds   BIGINT UNSIGNED NOT NULL,
  heard_s   TINYINT AS (BIT_COUNT(seconds)) VIRTUAL,
  PRIMARY KEY (minute_at, source)
);
