-- A profile that was looked up is of an author whose post is stored already, or of nobody we know.
INSERT INTO users (source, user_id, username, username_original, display_name, nb_friends, nb_followers,
                   posts, first_seen_at, last_seen_at, profile_at, profile_post_id)
SELECT staged.source, staged.user_id, COALESCE(staged.username, known.username),
       COALESCE(staged.username_original, known.username_original),
       COALESCE(staged.display_name, known.display_name), COALESCE(staged.nb_friends, known.nb_friends),
       COALESCE(staged.nb_followers, known.nb_followers),
       0, known.first_seen_at, known.last_seen_at, staged.created_at, ''
FROM {staged} staged
STRAIGHT_JOIN users known ON known.source = staged.source AND known.user_id = staged.user_id
WHERE staged.op = 'profile'
ORDER BY staged.created_at
{on_duplicate_user}
