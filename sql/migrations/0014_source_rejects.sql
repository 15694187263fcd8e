-- By job and source ('' where a record's source is unknown): refused records in a row, with no good one between. From
-- set_aside_at on they were too many, and further ones, not_stored, are no rows of `rejected`. Written in the
-- transaction of the batch that it tells of, so that a driver that starts again goes on counting.
CREATE TABLE source_rejects (
  job          VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  source       VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  in_a_row     BIGINT      NOT NULL,
  not_stored   BIGINT      NOT NULL,
  set_aside_at DATETIME(3) NULL,
  PRIMARY KEY (job, source)
);
