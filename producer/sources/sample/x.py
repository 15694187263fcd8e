"""Made-up posts of X, in the formats of both of its interfaces; 3 in 1,000 are broken."""

from collections.abc import Callable, Sequence
from typing import ClassVar, Final

from msgspec.json import encode

from producer.sources.sample.faults import changed, cut_off, in_a_list, without
from producer.sources.sample.posts import Post, Posts
from producer.sources.sample.timeline import Timeline, lot
from producer.sources.sample.x_v1 import as_v1
from producer.sources.sample.x_v2 import as_v2
from tidemark.contracts.events import Event
from tidemark.contracts.topics import POSTS, Topic

_BROKEN: Final = 0.003
_IN_V1: Final = 0.25

_BREAKAGES: Final[Sequence[Callable[[Post], bytes]]] = (
    lambda post: cut_off(as_v2(post)),
    lambda post: encode(as_v2(post)).replace(b'"username":"', b'"username":"\xff\xfe'),
    lambda post: in_a_list(as_v1(post)),
    lambda post: encode(
        {"errors": [{"title": "Not Found Error", "detail": "made up, like all of this"}]}
    ),
    lambda post: changed("data.author_id", {"id": 7})(as_v2(post)),
    lambda post: changed("data.created_at", "yesterday")(as_v2(post)),
    lambda post: without("data.id")(as_v2(post)),
    lambda post: b"",
)


class XFeed:
    """Posts in the format of v2, a quarter of them in that of v1.1; reposts and edits among them."""

    source: ClassVar[str] = "sample"
    topic: ClassVar[Topic] = POSTS

    def __init__(self, seed: int, timeline: Timeline) -> None:
        self._seed = seed
        self.posts = Posts(seed, timeline, refers_to_any=True)
        self.count = timeline.count
        self.at_ms = timeline.at_ms

    def identify(self, post: Post) -> tuple[str, str]:
        """Return the ids of a new post and of its author, as the decoder reads them."""
        return str(post.post_id), post.author.author_id

    def event(self, second: int, number: int, received_at: int) -> Event:
        """Return a post; a broken one has no event_id."""
        post = self.posts.at(second, number)
        key = post.author.author_id.encode()
        if lot(self._seed, 4, second, number) < _BROKEN:
            breakage = _BREAKAGES[int(lot(self._seed, 5, second, number) * len(_BREAKAGES))]
            return Event(breakage(post), self.source, received_at, key)
        in_v1 = post.first_version_id is None and lot(self._seed, 6, second, number) < _IN_V1
        return Event(
            encode(as_v1(post) if in_v1 else as_v2(post)),
            self.source,
            received_at,
            key,
            event_id=f"{self.source}:{post.post_id}",
            rules=(post.community,),
        )
