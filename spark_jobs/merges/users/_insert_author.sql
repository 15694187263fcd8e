-- The author of a staged post, and the profile that it holds. One that holds no profile but the id has no
-- profile_at. {posts} is how much it adds to the author's posts.
INSERT INTO users (source, user_id, username, username_original, display_name, nb_friends, nb_followers,
                   posts, first_seen_at, last_seen_at, profile_at, profile_post_id)
SELECT staged.source, staged.user_id, staged.username, staged.username_original, staged.display_name,
       staged.nb_friends, staged.nb_followers, {posts}, staged.created_at, staged.created_at,
       IF(COALESCE(staged.username, staged.nb_friends, staged.nb_followers) IS NULL, NULL,
          GREATEST(COALESCE(staged.version_at, staged.created_at), staged.created_at)),
       IF(COALESCE(staged.username, staged.nb_friends, staged.nb_followers) IS NULL, NULL, staged.post_id)
