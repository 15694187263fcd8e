-- Hashtags stored under keys of the former rule (NFC, casefolded) come under those of the new one: NFKC, no sign or blank
-- around them, no dot that casefolding leaves on an i, each once a post. What posts that were dropped since had added to
-- the sums comes under the new key too; how often each of them named a hashtag is no longer known.

-- Blanks behind a key: tables compare as if they were not there, so that no two rows become one.
UPDATE hashtags SET hashtag = TRIM(TRAILING ' ' FROM hashtag) WHERE hashtag LIKE '% ';
UPDATE hashtag_minutes SET hashtag = TRIM(TRAILING ' ' FROM hashtag) WHERE hashtag LIKE '% ';
UPDATE hashtag_hours SET hashtag = TRIM(TRAILING ' ' FROM hashtag) WHERE hashtag LIKE '% ';
UPDATE hashtag_days SET hashtag = TRIM(TRAILING ' ' FROM hashtag) WHERE hashtag LIKE '% ';

CREATE TABLE hashtag_renames (
  former  VARCHAR(255) COLLATE utf8mb4_bin NOT NULL PRIMARY KEY,
  hashtag VARCHAR(255) COLLATE utf8mb4_bin NOT NULL -- '' where there is none, or one that fits no column
) DEFAULT CHARACTER SET utf8mb4;

PYTHON note_hashtag_renames;

UPDATE hashtags JOIN hashtag_renames ON hashtag_renames.former = hashtags.hashtag
SET hashtags.hashtag = hashtag_renames.hashtag;

INSERT INTO hashtag_minutes (minute_at, source, hashtag, uses)
SELECT minute_at, source, hashtag_renames.hashtag, SUM(uses) FROM hashtag_minutes
JOIN hashtag_renames ON hashtag_renames.former = hashtag_minutes.hashtag
GROUP BY minute_at, source, hashtag_renames.hashtag
ON DUPLICATE KEY UPDATE uses = hashtag_minutes.uses + VALUES(uses);
DELETE hashtag_minutes FROM hashtag_minutes
JOIN hashtag_renames ON hashtag_renames.former = hashtag_minutes.hashtag;

INSERT INTO hashtag_hours (hour_at, source, hashtag, uses)
SELECT hour_at, source, hashtag_renames.hashtag, SUM(uses) FROM hashtag_hours
JOIN hashtag_renames ON hashtag_renames.former = hashtag_hours.hashtag
GROUP BY hour_at, source, hashtag_renames.hashtag
ON DUPLICATE KEY UPDATE uses = hashtag_hours.uses + VALUES(uses);
DELETE hashtag_hours FROM hashtag_hours
JOIN hashtag_renames ON hashtag_renames.former = hashtag_hours.hashtag;

INSERT INTO hashtag_days (day_at, source, hashtag, uses)
SELECT day_at, source, hashtag_renames.hashtag, SUM(uses) FROM hashtag_days
JOIN hashtag_renames ON hashtag_renames.former = hashtag_days.hashtag
GROUP BY day_at, source, hashtag_renames.hashtag
ON DUPLICATE KEY UPDATE uses = hashtag_days.uses + VALUES(uses);
DELETE hashtag_days FROM hashtag_days
JOIN hashtag_renames ON hashtag_renames.former = hashtag_days.hashtag;

-- Uses after a post's first of the same hashtag, and those of no hashtag at all, are taken back from the sums.
CREATE TABLE hashtag_repeats (
  source     VARCHAR(16)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  post_id    VARCHAR(255) COLLATE utf8mb4_bin NOT NULL,
  position   INT          NOT NULL,
  hashtag    VARCHAR(255) COLLATE utf8mb4_bin NOT NULL,
  created_at DATETIME(3)  NOT NULL,
  minute_at  DATETIME     AS (CAST(CONCAT(LEFT(created_at, 17), '00') AS DATETIME)) VIRTUAL,
  PRIMARY KEY (source, post_id, position)
) DEFAULT CHARACTER SET utf8mb4;

INSERT INTO hashtag_repeats (source, post_id, position, hashtag, created_at)
SELECT hashtags.source, hashtags.post_id, hashtags.position, hashtags.hashtag, hashtags.created_at
FROM hashtags JOIN (
  SELECT source, post_id, hashtag, MIN(position) AS position FROM hashtags
  GROUP BY source, post_id, hashtag HAVING COUNT(*) > 1 OR hashtag = ''
) first USING (source, post_id, hashtag)
WHERE hashtags.position > first.position OR hashtags.hashtag = '';

UPDATE hashtag_minutes JOIN (
  SELECT minute_at, source, hashtag, COUNT(*) AS uses FROM hashtag_repeats GROUP BY minute_at, source, hashtag
) repeated USING (minute_at, source, hashtag)
SET hashtag_minutes.uses = hashtag_minutes.uses - repeated.uses;
UPDATE hashtag_hours JOIN (
  SELECT minute_at - INTERVAL MINUTE(minute_at) MINUTE AS hour_at, source, hashtag, COUNT(*) AS uses
  FROM hashtag_repeats GROUP BY hour_at, source, hashtag
) repeated USING (hour_at, source, hashtag)
SET hashtag_hours.uses = hashtag_hours.uses - repeated.uses;
UPDATE hashtag_days JOIN (
  SELECT TIMESTAMP(DATE(minute_at)) AS day_at, source, hashtag, COUNT(*) AS uses
  FROM hashtag_repeats GROUP BY day_at, source, hashtag
) repeated USING (day_at, source, hashtag)
SET hashtag_days.uses = hashtag_days.uses - repeated.uses;
UPDATE post_minutes JOIN (
  SELECT minute_at, source, COUNT(*) AS uses FROM hashtag_repeats GROUP BY minute_at, source
) repeated USING (minute_at, source)
SET post_minutes.hashtag_uses = post_minutes.hashtag_uses - repeated.uses;
UPDATE posts JOIN (
  SELECT source, post_id, COUNT(*) AS uses FROM hashtag_repeats GROUP BY source, post_id
) repeated USING (source, post_id)
SET posts.nb_hashtags = posts.nb_hashtags - repeated.uses;
DELETE hashtags FROM hashtags JOIN hashtag_repeats USING (source, post_id, position);

DELETE FROM hashtag_minutes WHERE hashtag = '' OR uses <= 0;
DELETE FROM hashtag_hours WHERE hashtag = '' OR uses <= 0;
DELETE FROM hashtag_days WHERE hashtag = '' OR uses <= 0;

DROP TABLE hashtag_repeats;
DROP TABLE hashtag_renames;
