"""Authors: how many of their posts there are, and their profile as they were last told of."""

from typing import Final

from spark_jobs.merges import accounts
from spark_jobs.merges.statement import Batch, Statement

# MySQL assigns from left to right and later terms see earlier ones: profile_at and profile_post_id
# come last but one and last, since the terms above compare with what was stored; nb_followers,
# which decides between copies of one post that tell different profiles, just before them.
_NEWER: Final = """(VALUES(profile_at) IS NOT NULL AND (users.profile_at IS NULL
      OR VALUES(profile_at) > users.profile_at
      OR (VALUES(profile_at) = users.profile_at AND VALUES(profile_post_id) > users.profile_post_id)
      OR (VALUES(profile_at) = users.profile_at AND VALUES(profile_post_id) = users.profile_post_id
          AND COALESCE(VALUES(nb_followers), -1) > COALESCE(users.nb_followers, -1))))"""

_INSERT: Final = """
    INSERT INTO users (source, user_id, username, username_original, display_name, nb_friends, nb_followers,
                       posts, first_seen_at, last_seen_at, profile_at, profile_post_id)"""

_TAKE_NEWER: Final = ",\n      ".join(
    f"{column} = IF({_NEWER}, VALUES({column}), users.{column})"
    for column in (
        "username",
        "username_original",
        "display_name",
        "nb_friends",
        "nb_followers",
        "profile_post_id",
    )
)

_UPDATE: Final = f"""
    ON DUPLICATE KEY UPDATE
      posts = users.posts + VALUES(posts),
      first_seen_at = LEAST(users.first_seen_at, VALUES(first_seen_at)),
      last_seen_at = GREATEST(users.last_seen_at, VALUES(last_seen_at)),
      {_TAKE_NEWER},
      profile_at = GREATEST(COALESCE(users.profile_at, VALUES(profile_at)),
                            COALESCE(VALUES(profile_at), users.profile_at))
    """

_KNOWN_BY: Final = "COALESCE(staged.username, staged.nb_friends, staged.nb_followers)"
"""Null where the post tells nothing of its author but the id."""


def seen(posts: int, which: str) -> str:
    """SQL that adds the authors of staged rows, each row as `posts` posts; `which` joins and
    chooses the rows."""
    return f"""{_INSERT}
    SELECT staged.source, staged.user_id, staged.username, staged.username_original, staged.display_name,
           staged.nb_friends, staged.nb_followers, {posts}, staged.created_at, staged.created_at,
           IF({_KNOWN_BY} IS NULL, NULL, GREATEST(COALESCE(staged.version_at, staged.created_at), staged.created_at)),
           IF({_KNOWN_BY} IS NULL, NULL, staged.post_id)
    FROM {{staged}} staged {which} {_UPDATE}"""  # noqa: S608, put together from the constants above


USERS: Final = Statement(
    "users",
    seen(
        1, "WHERE staged.position = 0 AND staged.user_id IS NOT NULL AND staged.post_id IS NOT NULL"
    ),
)


def _has_others(batch: Batch) -> bool:
    """Return whether rows that are no posts may be staged. Of a batch that accounts changed the
    counts do not tell."""
    return batch.good != batch.written["staged posts"] or accounts.has_moved(batch)


# A profile that was looked up tells of an author whose post is here already, or of nobody we know.
PROFILES: Final = Statement(
    "profiles",
    f"""{_INSERT}
    SELECT staged.source, staged.user_id, COALESCE(staged.username, known.username),
           COALESCE(staged.username_original, known.username_original),
           COALESCE(staged.display_name, known.display_name), COALESCE(staged.nb_friends, known.nb_friends),
           COALESCE(staged.nb_followers, known.nb_followers),
           0, known.first_seen_at, known.last_seen_at, staged.created_at, ''
    FROM {{staged}} staged
    STRAIGHT_JOIN users known ON known.source = staged.source AND known.user_id = staged.user_id
    WHERE staged.op = 'profile'
    ORDER BY staged.created_at {_UPDATE}""",  # noqa: S608, put together from the constants above
    needed=_has_others,
)
