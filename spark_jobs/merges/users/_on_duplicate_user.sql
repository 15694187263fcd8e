-- MySQL assigns from left to right, and later terms see what earlier ones assigned. So the three
-- columns that {profile_is_newer} compares come last.
ON DUPLICATE KEY UPDATE
  posts = users.posts + VALUES(posts),
  first_seen_at = LEAST(users.first_seen_at, VALUES(first_seen_at)),
  last_seen_at = GREATEST(users.last_seen_at, VALUES(last_seen_at)),
  username = IF({profile_is_newer}, VALUES(username), users.username),
  username_original = IF({profile_is_newer}, VALUES(username_original), users.username_original),
  display_name = IF({profile_is_newer}, VALUES(display_name), users.display_name),
  nb_friends = IF({profile_is_newer}, VALUES(nb_friends), users.nb_friends),
  nb_followers = IF({profile_is_newer}, VALUES(nb_followers), users.nb_followers),
  profile_post_id = IF({profile_is_newer}, VALUES(profile_post_id), users.profile_post_id),
  profile_at = GREATEST(COALESCE(users.profile_at, VALUES(profile_at)),
                        COALESCE(VALUES(profile_at), users.profile_at))
