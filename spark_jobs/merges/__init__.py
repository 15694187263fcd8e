"""Staging tables → tables: what is new is found, counted and stored.

A package for each job (posts, edits, coverage) and for each noun that a job writes (hashtags,
users, accounts, …). Its statements are `.sql` files (sql_files.py); in which order they are
executed, and which of them a batch needs, its functions decide (run.py).
"""
