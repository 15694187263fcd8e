"""The version of the tables that this code needs. Jobs check it before they start: with older tables they would fail
in the middle of a batch."""

from typing import Final

NEWEST_MIGRATION: Final = 17
"""The number of the newest file in sql/migrations/."""
