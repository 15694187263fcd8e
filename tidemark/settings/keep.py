"""How long MySQL keeps rows, and how full a disk may become."""

from collections.abc import Mapping
from typing import Final

from pydantic import Field, model_validator

from tidemark.contracts.topics import EDITS, ENGAGEMENT, POSTS
from tidemark.errors import SettingsError
from tidemark.settings.part import Part, variable
from tidemark.settings.topics import TopicSettings

HOURLY_LINES_DAYS: Final = 14
"""Charts draw lines of up to this many days by the hour (superset/chart_sql/time_ranges.py)."""


class KeepSettings(Part):
    posts_days: int | None = Field(
        None,
        ge=1,
        description="Days that MySQL keeps posts and their hashtags after they arrived; default: for ever",
    )
    edits_days: int | None = Field(
        None, ge=1, description="Days that MySQL keeps edits after they arrived"
    )
    engagement_days: int | None = Field(
        None, ge=1, description="Days that MySQL keeps observations of posts after they arrived"
    )
    users_days: int | None = Field(
        None, ge=1, description="Days that MySQL keeps authors after they were last seen"
    )
    minute_sums_days: int | None = Field(
        None, ge=1, description="Days that MySQL keeps sums by the minute"
    )
    hour_sums_days: int | None = Field(
        None, ge=1, description="Days that MySQL keeps sums by the hour, at least 14"
    )
    day_sums_days: int | None = Field(
        None,
        ge=1,
        description="Days that MySQL keeps sums by the day, `post_minutes` and `source_minutes`",
    )
    rejected_days: int | None = Field(
        None, ge=1, description="Days that MySQL keeps rejected records and their bytes"
    )
    progress_days: int = Field(
        30, ge=1, description="Days that MySQL keeps `job_progress`, the speed and lag of jobs"
    )

    @model_validator(mode="after")
    def _check(self) -> "KeepSettings":
        if self.hour_sums_days is not None and self.hour_sums_days < HOURLY_LINES_DAYS:
            raise SettingsError(
                f"{variable('keep', 'hour_sums_days')} is {self.hour_sums_days}, but charts draw lines of "
                f"{HOURLY_LINES_DAYS} days by the hour; keep them for {HOURLY_LINES_DAYS} days or more"
            )
        for finer, coarser in (
            ("minute_sums_days", "hour_sums_days"),
            ("hour_sums_days", "day_sums_days"),
        ):
            fine, coarse = getattr(self, finer), getattr(self, coarser)
            if coarse is not None and (fine is None or fine > coarse):
                raise SettingsError(
                    f"{variable('keep', coarser)} is {coarse}, but the finer sums are kept for {_days(fine)}: charts "
                    f"need the coarser beside them; set {variable('keep', finer)} to {coarse} or less"
                )
        if self.users_days is not None and (
            self.posts_days is None or self.posts_days > self.users_days
        ):
            raise SettingsError(
                f"{variable('keep', 'users_days')} is {self.users_days}, but posts are kept for "
                f"{_days(self.posts_days)}: a deleted post is subtracted from its author, whose row must exist; set "
                f"{variable('keep', 'posts_days')} to {self.users_days} or less"
            )
        return self


class DiskSettings(Part):
    min_free_percent: float = Field(10, ge=0, le=100, description="Warn if less of a disk is free")
    min_hours: float = Field(
        24,
        ge=0,
        description="Warn if a disk will be full in fewer hours, at the speed at which it fills now",
    )


def check_against_topics(keep: KeepSettings, topics: Mapping[str, TopicSettings]) -> None:
    """Raise SettingsError where rows that the tables have dropped could be read from Kafka again,
    and counted twice."""
    for topic, kept in (
        (POSTS, keep.posts_days),
        (EDITS, keep.edits_days),
        (ENGAGEMENT, keep.engagement_days),
    ):
        name, days = topic.name, topics[topic.name].days
        if kept is not None and kept <= days:
            raise SettingsError(
                f"{variable('keep', f'{name}_days')} is {kept}, but Kafka keeps topic {name} for {days} days "
                f"({variable('topics', name, 'days')}): read from there again, they would be counted twice; keep them "
                f"for {days + 1} days or more, or the topic for fewer"
            )


def _days(days: int | None) -> str:
    return "ever" if days is None else f"{days} days"
