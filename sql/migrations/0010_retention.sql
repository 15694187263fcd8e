-- By table, before which day its rows are dropped, and have been: written before the first row goes, and after the last.
-- What came before dropping_before must not be given to a job again, as nothing knows any more that it was counted.
CREATE TABLE retention (
  table_name      VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  dropping_before DATETIME    NOT NULL,
  dropped_before  DATETIME    NULL,
  PRIMARY KEY (table_name)
);
