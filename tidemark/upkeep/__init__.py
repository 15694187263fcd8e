"""What keeps a stack going for years: old rows are dropped, and disks that fill up are told of."""
