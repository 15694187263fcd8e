-- Of copies that differ in when the post was made, the earliest is right.
UPDATE {staged} staged
STRAIGHT_JOIN {copies} copies ON copies.source = staged.source AND copies.post_id = staged.post_id
SET staged.facts = {facts_from_earliest}
WHERE staged.op <> 'delete' AND staged.created_at > copies.earliest
