-- `facts` begins with created_at: sorted as text, the server need not make an instant of each. Only posts have a text.
INSERT INTO newest_posts (source, created_at, post_id)
SELECT source, created_at, post_id FROM {staged} WHERE text IS NOT NULL ORDER BY facts DESC LIMIT {newest}
ON DUPLICATE KEY UPDATE post_id = newest_posts.post_id
