-- By post and by author of the batch, what to read of their stored observations: from the one before the first of the
-- batch to the one after the last. `series` is the column that `id` is of.
CREATE TEMPORARY TABLE {stretches} (
  series  VARCHAR(16)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  source  VARCHAR(16)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  query   VARCHAR(512) COLLATE utf8mb4_bin NOT NULL,
  id      VARCHAR(255) COLLATE utf8mb4_bin NOT NULL,
  from_at DATETIME(6)  NOT NULL,
  to_at   DATETIME(6)  NOT NULL
) DEFAULT CHARACTER SET utf8mb4
