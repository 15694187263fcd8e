DELETE hashtags FROM {superseded} superseded
STRAIGHT_JOIN hashtags ON hashtags.source = superseded.source AND hashtags.post_id = superseded.post_id
