DELETE staged FROM {staged} staged
STRAIGHT_JOIN edits ON edits.source = staged.source AND edits.edit_id = staged.edit_id
WHERE staged.reason IS NULL
