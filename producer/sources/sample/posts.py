"""The content of a made-up post, and its author: the same for every network."""

from dataclasses import dataclass, replace
from random import Random
from typing import Final

from producer.sources.sample.authors import Author, draw_author
from producer.sources.sample.timeline import Timeline, lot, post_id
from producer.sources.sample.trends import Trends
from producer.sources.sample.vocabulary import EMOJI, Community

_EDITS: Final = 0.02
_LOOK_BACK_S: Final = 900
_REPOST_CHARS: Final = 140


@dataclass(frozen=True, slots=True)
class Habits:
    """What people of a network do more or less often.

    reposts   share of reposts
    hashtags  numbers of hashtags in a post, each as likely as the others
    """

    reposts: float = 0.12
    hashtags: tuple[int, ...] = (0, 0, 0, 1, 1, 1, 1, 2, 2, 3)


@dataclass(frozen=True, slots=True)
class Post:
    """A post that is not yet in the format of a network.

    text              contains every hashtag, mention and link that the other fields name, in order
    first_version_id  of an edit: the id of the post that is edited
    """

    post_id: int
    at_ms: int
    author: Author
    community: str
    language: str
    text: str
    hashtags: tuple[str, ...] = ()
    mentions: tuple[Author, ...] = ()
    links: tuple[str, ...] = ()
    reposted: "Post | None" = None
    first_version_id: int | None = None


class Posts:
    """Makes any post of a timeline from its second and its number in that second, always the same one.

    refers_to_any  reposts and edits may also refer to the id of a repost or an edit. So it has been
                   for X from the beginning, and a seed must keep giving the same posts of X
    """

    def __init__(
        self,
        seed: int,
        timeline: Timeline,
        habits: Habits = Habits(),
        *,
        refers_to_any: bool = False,
    ) -> None:
        self._habits = habits
        self._refers_to_any = refers_to_any
        self._seed = seed
        self._timeline = timeline
        self._trends = Trends(seed)

    def at(self, second: int, number: int) -> Post:
        """Return mostly a new post; at times a repost or an edit of one of the last 15 minutes."""
        earlier = None if self.is_new(second, number) else self.earlier(second, number)
        if earlier is None:
            return self._new(second, number)
        if lot(self._seed, 1, second, number) < self._habits.reposts:
            return self._repost(earlier, second, number)
        return self._edit(earlier, second, number)

    def earlier(self, second: int, number: int) -> Post | None:
        """Return a post of the 15 minutes before, more often a recent one; None where none is found."""
        earlier_second = second - 1 - int(_LOOK_BACK_S * lot(self._seed, 2, second, number) ** 2)
        count = self._timeline.count(earlier_second)
        place = int(count * lot(self._seed, 3, second, number))
        if not count or not (self._refers_to_any or self.is_new(earlier_second, place)):
            return None
        return self._new(earlier_second, place)

    def is_new(self, second: int, number: int) -> bool:
        """Return whether the post is neither a repost nor an edit."""
        return lot(self._seed, 1, second, number) >= self._habits.reposts + _EDITS

    def _new(self, second: int, number: int) -> Post:
        random = self._random(second, number)
        community, tag = self._trends.draw(random, second)
        author = draw_author(random, self._seed, community.language, second)
        wanted = random.choice(self._habits.hashtags)
        others = [other for other in random.sample(community.tags, min(wanted, 3)) if other != tag]
        hashtags = (tag, *others)[:wanted]
        mentions = (
            (draw_author(random, self._seed, community.language, second),)
            if random.random() < 0.12
            else ()
        )
        links = (
            (f"https://example.org/{random.randrange(16**6):06x}",) if random.random() < 0.1 else ()
        )
        at_ms = self._timeline.at_ms(second, number)
        return Post(
            post_id=post_id(at_ms, number),
            at_ms=at_ms,
            author=author,
            community=community.name,
            language=community.language,
            text=_text(random, community, hashtags, mentions, links),
            hashtags=hashtags,
            mentions=mentions,
            links=links,
        )

    def _repost(self, original: Post, second: int, number: int) -> Post:
        author = draw_author(self._random(second, number), self._seed, original.language, second)
        text = f"RT @{original.author.handle}: {original.text}"
        if len(text) > _REPOST_CHARS:
            text = text[: _REPOST_CHARS - 1] + "…"
        at_ms = self._timeline.at_ms(second, number)
        return Post(
            post_id=post_id(at_ms, number),
            at_ms=at_ms,
            author=author,
            community=original.community,
            language=original.language,
            text=text,
            hashtags=tuple(
                tag for tag in original.hashtags if f"#{tag}" in text.removesuffix("…").split()
            ),
            mentions=(original.author,),
            reposted=original,
        )

    def _edit(self, original: Post, second: int, number: int) -> Post:
        at_ms = self._timeline.at_ms(second, number)
        return replace(
            original,
            post_id=post_id(at_ms, number),
            at_ms=at_ms,
            text=original.text + " ✏️",
            first_version_id=original.post_id,
        )

    def _random(self, second: int, number: int) -> Random:
        return Random((self._seed << 64) + (second << 22) + number)  # noqa: S311


def _text(
    random: Random,
    community: Community,
    hashtags: tuple[str, ...],
    mentions: tuple[Author, ...],
    links: tuple[str, ...],
) -> str:
    """Return the text; 1.5 % are longer than X's limit, and X sends those cut, with the whole text
    in another field."""
    sentences = random.choices(community.sentences, k=12 if random.random() < 0.015 else 1)
    emoji = [random.choice(EMOJI)] if random.random() < 0.35 else []
    addressed = [f"@{author.handle}" for author in mentions]
    return " ".join([*addressed, *sentences, *emoji, *(f"#{tag}" for tag in hashtags), *links])
