"""HTML of posts as text, against html.parser where that reads it too."""

import pytest
from html_reading import text_of_html

from spark_jobs.decode.html_text import html_text

GOOD = [
    ("", ""),
    ("plain", "plain"),
    ("<p>one</p><p>two<br>three<br />four<br/>five</p>", "one\ntwo\nthree\nfour\nfive"),
    ("<p>a &lt;b&gt; &amp;amp; &#39;c&#39; &eacute;&nbsp;&#x1f30a;</p>", "a <b> &amp; 'c' é\xa0🌊"),
    ('<p><a href="https://a.example/?x=1&amp;y=2" class="u-url">@<span>bo</span></a> tide</p>', "@bo tide"),
    ("<ul><li>one</li><li>two</li></ul>", "one\ntwo"),
    ("<P>UP<BR>PER</P>", "UP\nPER"),
    ('<a title="1 > 0" href=\'x\'>more</a> than none', "more than none"),
    ("<custom-tag data-x>kept</custom-tag>", "kept"),
    ("3 < 4 and 4 > 3", "3 < 4 and 4 > 3"),
    ("<3 tide", "<3 tide"),
    ("<p>not closed", "not closed"),
    ("a<!-- hidden -->b", "ab"),
    ("&unknown; &amp", "&unknown; &"),
    ("<p>\x00 nul \x1f and \x7f</p>", "\x00 nul \x1f and \x7f"),
]  # fmt: skip


@pytest.mark.parametrize(("content", "text"), GOOD)
def test_html_is_read_as_its_text(content: str, text: str) -> None:
    assert html_text(content) == text == text_of_html(content)


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("<script>alert(1)</script>", "alert(1)"),
        ("<<script>b</script>", "<b"),
        ("<a <a <b>x", "<a <a x"),
        ('<a href="not closed>x</a>', "x"),
        ("<![if !IE]>x<![endif]>", "x"),
        ("<!-- not closed", "<!-- not closed"),
        ("&lt;script&gt;alert(1)&lt;/script&gt;", "<script>alert(1)</script>"),
        ("&#0; &#xD800; &#99999999;", "\ufffd \ufffd \ufffd"),
    ],
)
def test_hostile_html_is_text_and_no_error(content: str, text: str) -> None:
    assert html_text(content) == text


@pytest.mark.parametrize(
    "part", ["<", "<a ", "<a '", '<a "', "<!--", "</", "&", "&#", "<p>", "<a <", "\"'", "<a ''\"\""]
)
def test_a_megabyte_of_anything_is_read_in_no_time(part: str) -> None:
    times = 1_000_000 // len(part)

    # With n² steps each of these takes minutes.
    assert len(html_text(part * times)) <= len(part) * times
