"""Staging tables into tables, exactly once: the fence, the ledger, the merge."""
