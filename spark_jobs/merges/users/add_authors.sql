-- A post counts once for its author.
{insert_author}
FROM {staged} staged
WHERE staged.position = 0 AND staged.user_id IS NOT NULL AND staged.post_id IS NOT NULL
{on_duplicate_user}
