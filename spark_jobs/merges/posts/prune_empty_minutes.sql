DELETE post_minutes FROM {superseded} superseded
STRAIGHT_JOIN post_minutes
  ON post_minutes.minute_at = superseded.minute_at AND post_minutes.source = superseded.source
WHERE post_minutes.posts = 0
