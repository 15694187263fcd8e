"""What the threads of a timeline hand over to the source's loop."""

from typing import NamedTuple

from producer.sources.base.signals import Activity, Disconnected
from producer.sources.mastodon.payload import Post


class Opened(NamedTuple):
    """The stream of a timeline is open, for the connection-th time.

    is_new  there is nothing to fetch: the timeline starts here
    """

    timeline: str
    at: int
    connection: int
    is_new: bool


class Ignored(NamedTuple):
    """The stream brought an event that is not about a post."""

    timeline: str
    at: int
    event: str


class Streamed(NamedTuple):
    """A post or a delete from the stream."""

    timeline: str
    post: Post


class Fetched(NamedTuple):
    """A post from a page of the timeline."""

    timeline: str
    post: Post


class Reached(NamedTuple):
    """All pages up to this id are fetched."""

    timeline: str
    post_id: str


class Finished(NamedTuple):
    """The backfill of a connection is over: all that was there when it opened is fetched, or
    (is_lost) abandoned."""

    timeline: str
    connection: int
    is_lost: bool


Message = Opened | Ignored | Streamed | Fetched | Reached | Finished | Activity | Disconnected
