"""What a fragment of HTML says, as html.parser reads it: nothing of ours."""

from html.parser import HTMLParser


class _Reading(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag == "br":
            self.said.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("p", "li"):
            self.said.append("\n")

    def handle_data(self, data: str) -> None:
        self.said.append(data)


def text_of_html(content: str) -> str:
    """A line for each paragraph, break and entry of a list."""
    reading = _Reading()
    reading.feed(content)
    reading.close()
    return "".join(reading.said).strip()
