"""The settings of each source."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, SecretStr
from pydantic_core import PydanticCustomError

from tidemark.contracts.sources import SOURCES
from tidemark.settings.deprecated import source_name
from tidemark.settings.part import Part


class XSettings(Part):
    bearer_token: SecretStr | None = Field(None, description="App-only bearer token of the X API")
    api_url: str = Field("https://api.x.com", description="URL of the X API")
    rules_file: Path | None = Field(
        None, description="File of rules, one a line: `tag: value`, or a value alone"
    )
    track: list[str] = Field(
        [], description='Keywords to follow, as a JSON list: ["kafka", "#spark"]'
    )
    languages: list[str] = Field([], description='Languages to keep, as a JSON list: ["en", "fr"]')
    limit: int | None = Field(
        None, ge=1, description="Posts after which it disconnects; default: never"
    )
    expand_reposts: bool = Field(
        False,
        description="Whether X sends the original of each repost, for its hashtags; X may charge one more post read",
    )


class ReplaySettings(Part):
    file: Path | None = Field(
        None,
        description="File of recorded posts of X to play: JSON lines, pages or arrays, plain or compressed",
    )
    speed: float = Field(
        0,
        ge=0,
        description="Speed of playing: 1 as recorded, 10 ten times as fast, 0 as fast as possible",
    )


class SampleSettings(Part):
    rate: float = Field(
        20, gt=0, le=10_000, description="Made-up posts of X a second; others are fewer"
    )
    seed: int = Field(7, description="The same seed gives the same events")
    history_minutes: int = Field(
        60, ge=0, description="Minutes of past events sent first, so charts have a past"
    )
    networks: list[Literal["x", "bluesky", "mastodon", "wikimedia"]] = Field(
        ["x", "bluesky", "mastodon", "wikimedia"],
        min_length=1,
        description='Networks to make up, as a JSON list: ["x"]',
    )
    engagement: bool = Field(
        True, description="Whether the counts of some made-up posts are observed as they grow"
    )


class WikimediaSettings(Part):
    contact: str | None = Field(
        None, description="Mail address or page of yours, which Wikimedia's policy demands"
    )
    url: str = Field(
        "https://stream.wikimedia.org", pattern="^https?://.", description="URL of EventStreams"
    )
    wikis: list[str] = Field(
        [], description='Wikis to keep, as a JSON list: ["enwiki", "frwiki"]; default: all'
    )
    types: list[Literal["edit", "new", "log", "categorize", "external"]] = Field(
        [], description='Types of changes to keep, as a JSON list: ["edit", "new"]; default: all'
    )
    bots: bool = Field(True, description="Whether changes by bots are kept")


class BlueskySettings(Part):
    hosts: list[Annotated[str, Field(pattern=r"^wss?://[^/?#]+/?$")]] = Field(
        [
            "wss://jetstream1.us-east.bsky.network",
            "wss://jetstream1.us-west.bsky.network",
            "wss://jetstream2.us-east.bsky.network",
            "wss://jetstream2.us-west.bsky.network",
        ],
        min_length=1,
        description="Servers of Jetstream, as a JSON list; if one fails, the next is used",
    )
    collections: list[Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9.-]*(\.\*)?$")]] = Field(
        ["app.bsky.feed.post", "app.bsky.feed.repost"],
        min_length=1,
        max_length=100,
        description="Kinds of records to follow, as a JSON list; only posts and reposts are stored",
    )
    languages: list[str] = Field(
        [],
        description='Languages to keep, as a JSON list: ["en", "pt"]; posts without one, and reposts, are dropped',
    )
    profiles: bool = Field(True, description="Whether names and followers of authors are looked up")
    profiles_url: str = Field(
        "https://public.api.bsky.app",
        pattern="^https?://.",
        description="URL at which profiles are looked up",
    )


class MastodonSettings(Part):
    url: str | None = Field(
        None, description="URL of the instance that issued the token: https://…"
    )
    access_token: SecretStr | None = Field(
        None, description="Access token of a user of the instance, with scope read:statuses"
    )
    timeline: Literal["public", "public:local", "public:remote"] = Field(
        "public",
        description="Timeline to read: all posts that the instance knows, only its own, or only those of others",
    )
    hashtags: list[str] = Field(
        [],
        max_length=10,
        description='Hashtags to read instead of a timeline, as a JSON list: ["kafka", "spark"]',
    )


def _known_source(name: str) -> str:
    """Return the source's present name; raise PydanticCustomError where no source is called so."""
    current = source_name(name)
    if current in SOURCES:
        return current
    *others, last = map(repr, SOURCES)
    raise PydanticCustomError("unknown_source", f"Input should be {', '.join(others)} or {last}")


SourceName = Annotated[str, AfterValidator(_known_source)]
"""A name in SOURCES, or one that a source had in an older version."""
