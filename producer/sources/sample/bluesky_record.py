"""The records of Bluesky that made-up posts and reposts are written as."""

from typing import Any, Final

from producer.sources.sample.authors import Author
from producer.sources.sample.faults import Json
from producer.sources.sample.posts import Post
from producer.sources.sample.spans import mention_spans, spans
from producer.sources.sample.timeline import iso, record_key

POST: Final = "app.bsky.feed.post"
REPOST: Final = "app.bsky.feed.repost"

_FACET: Final = "app.bsky.richtext.facet"
_LETTERS: Final = str.maketrans("0123456789", "abcdefghij")


def did_of(author: Author) -> str:
    """Return the account's id. Those of real accounts do not start with these five letters more
    than once in 33 million."""
    return f"did:plc:faked{author.author_id.translate(_LETTERS)}"


def post_record(post: Post) -> Json:
    """Return the record of a post: what its text contains is in its facets."""
    record: Json = {
        "$type": POST,
        "createdAt": iso(post.at_ms),
        "langs": [post.language],
        "text": post.text,
    }
    if facets := _facets(post):
        record["facets"] = facets
    return record


def repost_record(post: Post) -> Json:
    """Return the record of a repost, which only refers to its original."""
    assert post.reposted is not None  # noqa: S101
    rkey = record_key(post.reposted.post_id)
    subject = {
        "cid": f"bafyreimadeup{rkey}",
        "uri": f"at://{did_of(post.reposted.author)}/{POST}/{rkey}",
    }
    return {"$type": REPOST, "createdAt": iso(post.at_ms), "subject": subject}


def _facets(post: Post) -> list[Json]:
    text = post.text
    tags = spans(text, [f"#{tag}" for tag in post.hashtags])
    found = [_facet(text, start, end, "tag", tag=mark[1:]) for mark, start, end in tags]
    for author, start, end in mention_spans(post, text):
        found.append(_facet(text, start, end, "mention", did=did_of(author)))
    for link, start, end in spans(text, post.links):
        found.append(_facet(text, start, end, "link", uri=link))
    return found


def _facet(text: str, start: int, end: int, kind: str, **feature: Any) -> Json:
    """Return a feature with its place in the text, in bytes of UTF-8."""
    byte_start = len(text[:start].encode())
    index = {"byteStart": byte_start, "byteEnd": byte_start + len(text[start:end].encode())}
    return {"index": index, "features": [{"$type": f"{_FACET}#{kind}"} | feature]}
