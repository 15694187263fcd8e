DELETE staged FROM {staged} staged
STRAIGHT_JOIN posts ON posts.source = staged.source AND posts.post_id = staged.post_id WHERE NOT {supersedes}
