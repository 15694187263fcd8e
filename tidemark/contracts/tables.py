"""Which tables the code wants: jobs ask before they begin, as code ahead of the tables fails amid a
batch."""

from typing import Final

NEWEST_MIGRATION: Final = 15
"""The number of the newest file in sql/migrations/."""
