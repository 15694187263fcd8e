-- Whether the upserted profile replaces the stored one. Of copies of one post that hold different
-- profiles, that with more followers does.
(VALUES(profile_at) IS NOT NULL AND (users.profile_at IS NULL
  OR VALUES(profile_at) > users.profile_at
  OR (VALUES(profile_at) = users.profile_at AND VALUES(profile_post_id) > users.profile_post_id)
  OR (VALUES(profile_at) = users.profile_at AND VALUES(profile_post_id) = users.profile_post_id
      AND COALESCE(VALUES(nb_followers), -1) > COALESCE(users.nb_followers, -1))))
