-- Every copy of a post may hold a newer profile of its author, whichever copy stands. A copy that
-- is stored already was counted here before.
INSERT INTO users (source, user_id, username, username_original, display_name, nb_friends, nb_followers,
                   posts, first_seen_at, last_seen_at, profile_at, profile_post_id)
SELECT staged.source, staged.user_id, staged.username, staged.username_original, staged.display_name,
       staged.nb_friends, staged.nb_followers, 0, staged.created_at, staged.created_at,
       IF(COALESCE(staged.username, staged.nb_friends, staged.nb_followers) IS NULL, NULL,
          GREATEST(COALESCE(staged.version_at, staged.created_at), staged.created_at)),
       IF(COALESCE(staged.username, staged.nb_friends, staged.nb_followers) IS NULL, NULL, staged.post_id)
FROM {staged} staged
LEFT JOIN posts ON posts.source = staged.source AND posts.post_id = staged.post_id
LEFT JOIN {copies} copies ON copies.source = staged.source AND copies.post_id = staged.post_id
WHERE staged.position = 0 AND staged.user_id IS NOT NULL AND staged.post_id IS NOT NULL
  AND (copies.post_id IS NOT NULL OR (posts.post_id IS NOT NULL AND NOT (
    posts.kafka_offset = staged.kafka_offset AND posts.kafka_partition = staged.kafka_partition)))
{on_duplicate_user}
