-- Not every source knows when an edited post was first made; the stored row does.
UPDATE {staged} staged STRAIGHT_JOIN {superseded} superseded
  ON superseded.source = staged.source AND superseded.post_id = staged.post_id
SET staged.facts = {facts_from_superseded}
WHERE staged.op <> 'delete' AND superseded.created_at < staged.created_at AND superseded.moved_to IS NULL
