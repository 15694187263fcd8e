-- What could not be read as a post: why, where it lies in Kafka, and its bytes.
CREATE TABLE rejected (
  topic_id        CHAR(22)     CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  kafka_partition INT          NOT NULL,
  kafka_offset    BIGINT       NOT NULL,
  topic           VARCHAR(249) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  source          VARCHAR(16)  CHARACTER SET ascii COLLATE ascii_bin NULL,
  reason          VARCHAR(32)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  detail          VARCHAR(255) NULL,
  payload         LONGBLOB     NULL,
  received_at     DATETIME(6)  NOT NULL,
  PRIMARY KEY (topic_id, kafka_partition, kafka_offset),
  KEY newest (received_at, reason, source) -- all that charts count by: payloads stay unread
) DEFAULT CHARACTER SET utf8mb4;
