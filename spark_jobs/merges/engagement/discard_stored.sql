DELETE staged FROM {staged} staged
STRAIGHT_JOIN engagement ON engagement.source = staged.source AND engagement.post_id = staged.post_id
  AND engagement.observed_at = staged.observed_at
WHERE staged.reason IS NULL
