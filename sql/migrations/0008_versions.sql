-- When the source made the version of the post that is stored; NULL where it does not tell versions apart. A post that
-- was deleted stays as a row with op `delete` and nothing else known, so that a version that comes late finds it.
ALTER TABLE posts ADD COLUMN version_at DATETIME(3) NULL AFTER created_at;

-- A use that is taken back is counted as less than none, and may leave none until the row goes too: neither has a
-- magnitude.
ALTER TABLE hashtag_minutes MODIFY COLUMN magnitude TINYINT AS (IF(uses > 0, FLOOR(LOG2(uses)), NULL)) VIRTUAL;
ALTER TABLE hashtag_hours MODIFY COLUMN magnitude TINYINT AS (IF(uses > 0, FLOOR(LOG2(uses)), NULL)) VIRTUAL;
ALTER TABLE hashtag_days MODIFY COLUMN magnitude TINYINT AS (IF(uses > 0, FLOOR(LOG2(uses)), NULL)) VIRTUAL;
