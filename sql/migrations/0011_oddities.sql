-- Records that are stored in part, or not as they came, by the minute they arrived in and by kind: a field that was left
-- out or repaired (tidemark/contracts/oddities.py), a notice of X between its posts. One record may have several kinds.
CREATE TABLE oddity_minutes (
  minute_at DATETIME    NOT NULL,
  source    VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  kind      VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  records   INT         NOT NULL,
  PRIMARY KEY (minute_at, source, kind)
);

-- payload is the first 64 KiB; the size and the sha256 are of all of it.
ALTER TABLE rejected
  ADD COLUMN payload_bytes  INT      NULL,
  ADD COLUMN payload_sha256 CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL;

UPDATE rejected SET payload_bytes = LENGTH(payload), payload_sha256 = SHA2(payload, 256) WHERE payload IS NOT NULL;
