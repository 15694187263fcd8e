"""HTML → what a reader sees of it, as plain text.

By patterns that look at no character twice, and not by html.parser: on tags and comments that are
never closed it takes n² steps, and a payload may hold a megabyte of them. On what servers of
Mastodon let through, both read the same.
"""

import html
import re
from typing import Final

_LINE_ENDS: Final = re.compile(r"<br ?/?>|</p>|</li>", re.IGNORECASE)
# A quoted value may hold `>`, none holds `<`: so a tag that is not closed ends at the next one.
_TAGS: Final = re.compile(
    r"""</?[a-z](?:[^<>"']|"[^<"]*"|'[^<']*')*+> | </?[a-z][^<>]*> | <![^<>]*>""",
    re.IGNORECASE | re.VERBOSE,
)


def html_text(content: str) -> str:
    """Return the text of a fragment of HTML: a line for each paragraph, `<br>` and entry of a list,
    entities decoded. Never raises: what is no tag stays as it is."""
    found = content
    if "<" in found:
        found = _TAGS.sub("", _LINE_ENDS.sub("\n", found))
    if "&" in found:
        found = html.unescape(found)
    return found.strip()
