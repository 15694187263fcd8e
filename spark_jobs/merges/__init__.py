"""Staging tables → tables, in SQL: what is new is found, counted and stored."""
