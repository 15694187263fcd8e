-- A delete is final.
(posts.op <> 'delete' AND (staged.op = 'delete' OR {is_better}))
