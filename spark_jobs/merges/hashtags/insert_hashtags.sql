-- `pieces` has, for each number of uses, a row for each use: it takes the staged texts apart.
INSERT INTO hashtags (source, post_id, position, hashtag, spelling, created_at)
SELECT staged.source, staged.post_id, staged.position + pieces.piece,
       SUBSTRING_INDEX(SUBSTRING_INDEX(staged.hashtags, '{separator}', pieces.piece + 1), '{separator}', -1),
       SUBSTRING_INDEX(SUBSTRING_INDEX(
         COALESCE(staged.spellings, staged.hashtags), '{separator}', pieces.piece + 1), '{separator}', -1),
       staged.created_at
FROM {staged} staged STRAIGHT_JOIN pieces ON pieces.uses = staged.uses
