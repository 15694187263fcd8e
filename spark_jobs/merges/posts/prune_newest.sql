DELETE newest_posts FROM newest_posts JOIN (
  SELECT source, created_at, post_id,
         ROW_NUMBER() OVER (PARTITION BY source ORDER BY created_at DESC, post_id DESC) AS place
  FROM newest_posts
) ranked ON ranked.source = newest_posts.source AND ranked.created_at = newest_posts.created_at
  AND ranked.post_id = newest_posts.post_id
WHERE ranked.place > {newest}
