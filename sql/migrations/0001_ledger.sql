-- How far each job has come in each partition. Moved in the same transaction as the rows it speaks of.
CREATE TABLE ledger (
  job             VARCHAR(32)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  topic           VARCHAR(249) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  kafka_partition INT          NOT NULL,
  topic_id        CHAR(22)     CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  next_offset     BIGINT       NOT NULL,
  updated_at      DATETIME(3)  NOT NULL,
  PRIMARY KEY (job, topic, kafka_partition)
);

-- One row per job and ten seconds, added to by each batch in its own transaction.
CREATE TABLE job_progress (
  job           VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  at            DATETIME    NOT NULL,
  batches       INT         NOT NULL,
  rows_read     BIGINT      NOT NULL,
  rows_rejected BIGINT      NOT NULL,
  busy_ms       BIGINT      NOT NULL,
  max_batch_ms  INT         NOT NULL,
  lag_rows      BIGINT      NOT NULL,
  PRIMARY KEY (at, job) -- the newest of all jobs lie together
);
