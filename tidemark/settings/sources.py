"""The sources, each with settings of its own."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, SecretStr
from pydantic_core import PydanticCustomError

from tidemark.contracts.sources import SOURCES
from tidemark.settings.deprecated import source_name
from tidemark.settings.part import Part


class XSettings(Part):
    bearer_token: SecretStr | None = Field(None, description="App-only bearer token of the X API")
    api_url: str = Field("https://api.x.com", description="Where the X API is")
    rules_file: Path | None = Field(
        None, description="Rules, one a line: `tag: value`, or a value alone"
    )
    track: list[str] = Field(
        [], description='Keywords to follow, as a JSON list: ["kafka", "#spark"]'
    )
    languages: list[str] = Field([], description='Languages to keep, as a JSON list: ["en", "fr"]')
    limit: int | None = Field(
        None, ge=1, description="Disconnect after so many posts; the default is never"
    )
    expand_reposts: bool = Field(
        False,
        description="Whether reposts come with the original, for its hashtags; X may charge a post read for each",
    )


class ReplaySettings(Part):
    file: Path | None = Field(
        None,
        description="Recorded posts of X to play: JSON lines, pages or arrays, plain or packed",
    )
    speed: float = Field(
        0, ge=0, description="1 is as recorded, 10 ten times as fast, 0 as fast as it goes"
    )


class SampleSettings(Part):
    rate: float = Field(20, gt=0, le=10_000, description="Made-up posts a second")
    seed: int = Field(7, description="The same seed gives the same posts")
    history_minutes: int = Field(
        60, ge=0, description="Minutes of past posts sent first, so charts have a past"
    )


class WikimediaSettings(Part):
    contact: str | None = Field(
        None, description="Mail or page at which Wikimedia reaches you, as its policy demands"
    )
    url: str = Field(
        "https://stream.wikimedia.org", pattern="^https?://.", description="Where EventStreams is"
    )
    wikis: list[str] = Field(
        [], description='Wikis to keep, as a JSON list: ["enwiki", "frwiki"]; all where empty'
    )
    types: list[Literal["edit", "new", "log", "categorize", "external"]] = Field(
        [], description='Types of changes to keep, as a JSON list: ["edit", "new"]; all where empty'
    )
    bots: bool = Field(True, description="Whether changes by bots are kept too")


class BlueskySettings(Part):
    hosts: list[Annotated[str, Field(pattern=r"^wss?://[^/?#]+/?$")]] = Field(
        [
            "wss://jetstream1.us-east.bsky.network",
            "wss://jetstream1.us-west.bsky.network",
            "wss://jetstream2.us-east.bsky.network",
            "wss://jetstream2.us-west.bsky.network",
        ],
        min_length=1,
        description="Servers of Jetstream, taken in turn, as a JSON list",
    )
    collections: list[Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9.-]*(\.\*)?$")]] = Field(
        ["app.bsky.feed.post", "app.bsky.feed.repost"],
        min_length=1,
        max_length=100,
        description="Kinds of records to follow, as a JSON list; only posts and reposts are stored",
    )
    languages: list[str] = Field(
        [],
        description='Languages to keep, as a JSON list: ["en", "pt"]; what names none, as reposts, is left out',
    )
    profiles: bool = Field(True, description="Whether names and followers of authors are looked up")
    profiles_url: str = Field(
        "https://public.api.bsky.app",
        pattern="^https?://.",
        description="Where profiles are looked up",
    )


class MastodonSettings(Part):
    url: str | None = Field(
        None, description="Instance to listen to, the one that the token is of: https://…"
    )
    access_token: SecretStr | None = Field(
        None, description="Token of a user there, with scope read:statuses"
    )
    timeline: Literal["public", "public:local", "public:remote"] = Field(
        "public", description="All posts that the instance knows of, or its own, or those of others"
    )
    hashtags: list[str] = Field(
        [],
        max_length=10,
        description='Hashtags to follow in place of a timeline, as a JSON list: ["kafka", "spark"]',
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
