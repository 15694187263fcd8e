"""Made-up observations of the counts of made-up posts, for topic `engagement`."""

from collections.abc import Iterator, Sequence
from math import exp
from typing import ClassVar, Final, NamedTuple, Protocol

from msgspec.json import encode

from producer.sources.sample.posts import Post, Posts
from producer.sources.sample.timeline import Timeline, lot
from tidemark.contracts.engagement import COUNTS, Observation, observation_id
from tidemark.contracts.events import Event
from tidemark.contracts.topics import ENGAGEMENT, Topic

AGES_S: Final = (20, 70, 190, 420, 900, 1_800, 3_000)
"""How old a post is when its counts are read."""
TRACKED_EVERY_S: Final = 3
"""The first post of each such second is tracked: few, whatever the rate."""

_GROWS_FOR_S: Final = 700
_MOST_LIKES: Final = 60_000
_PER_LIKE: Final = {
    "reposts": 0.17,
    "likes": 1.0,
    "replies": 0.11,
    "quotes": 0.03,
    "bookmarks": 0.06,
    "impressions": 42.0,
}


class PostFeed(Protocol):
    """A network whose posts are observed."""

    @property
    def source(self) -> str:
        """Return the `source` header of its events."""
        ...

    @property
    def posts(self) -> Posts:
        """Return what makes its posts."""
        ...

    def identify(self, post: Post) -> tuple[str, str]:
        """Return the ids of a new post and of its author, as the tables have them."""
        ...


class _Seen(NamedTuple):
    second: int
    age_s: int


class EngagementFeed:
    """Observes some posts of a network at fixed ages; their counts grow, quickly at first.

    reported  those of COUNTS that the network reports
    since     second since 1970 of the first post
    """

    topic: ClassVar[Topic] = ENGAGEMENT

    def __init__(
        self,
        feed: PostFeed,
        seed: int,
        timeline: Timeline,
        reported: Sequence[str] = COUNTS,
        *,
        since: int = 0,
    ) -> None:
        self._since = since
        self.source = feed.source
        self._seed = seed
        self._timeline = timeline
        self._posts = feed.posts
        self._identify = feed.identify
        self._reported = reported

    def count(self, second: int) -> int:
        """Return the number of observations."""
        return len(list(self._seen(second)))

    def at_ms(self, second: int, number: int) -> int:
        """Return when the counts were read."""
        return second * 1000 + number

    def event(self, second: int, number: int, received_at: int) -> Event:
        """Return an observation; its query is the community that the post is from."""
        seen = list(self._seen(second))[number]
        post = self._posts.at(seen.second, 0)
        post_id, author_id = self._identify(post)
        observation = Observation(
            post_id,
            self.at_ms(second, number) * 1000,
            post.community,
            author_id,
            **self._counts(post, seen),
            followers=post.author.followers(second),
        )
        return Event(
            encode(observation),
            self.source,
            received_at,
            key=post_id.encode(),
            event_id=observation_id(self.source, observation),
        )

    def _seen(self, second: int) -> Iterator[_Seen]:
        for age_s in AGES_S:
            written = second - age_s
            is_tracked = written >= self._since and written % TRACKED_EVERY_S == 0
            if is_tracked and self._timeline.count(written) and self._posts.is_new(written, 0):
                yield _Seen(written, age_s)

    def _counts(self, post: Post, seen: _Seen) -> dict[str, int]:
        """Return the counts at that age: few posts get many likes, and more where many follow the author."""
        liked = 2 / (1.0001 - lot(self._seed, 21, seen.second)) ** 0.9
        final = min(liked * (1 + post.author.base_followers) ** 0.25, _MOST_LIKES)
        likes = final * (1 - exp(-seen.age_s / _GROWS_FOR_S))
        habits = {
            name: _PER_LIKE[name] * (0.5 + lot(self._seed, 22 + place, seen.second))
            for place, name in enumerate(COUNTS)
        }
        return {name: int(likes * habits[name]) for name in self._reported}
