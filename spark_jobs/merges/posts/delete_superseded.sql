DELETE posts FROM {superseded} superseded
STRAIGHT_JOIN posts ON posts.source = superseded.source AND posts.post_id = superseded.post_id
