"""Lists of feeds that people bring: plain text and OPML."""

from collections.abc import Iterator

import pytest

from monitor.errors import UsageError
from monitor.poll import read_feed_list


def opml(*outlines: str) -> bytes:
    return f'<?xml version="1.0"?><opml version="2.0"><body>{"".join(outlines)}</body></opml>'.encode()


def outline(url: str, title: str = "") -> str:
    return f'<outline type="rss" text="{title}" xmlUrl="{url}"/>'


def urls(body: bytes) -> Iterator[str]:
    return (listing.url for listing in read_feed_list(body))


def test_a_plain_list_is_read_without_its_comments_blank_lines_and_repetitions() -> None:
    text = "\ufeff# feeds\r\n\r\nhttps://a.example/feed\r\n  https://b.example/feed  \nhttps://A.example/feed\n"
    assert list(urls(text.encode())) == ["https://a.example/feed", "https://b.example/feed"]


def test_a_plain_list_has_no_cap() -> None:
    assert len(read_feed_list("".join(f"https://a.example/{n}\n" for n in range(6_000)).encode())) == 6_000


def test_an_opml_file_is_read_with_folders_and_titles_in_plain_words() -> None:
    folder = f'<outline text="Work">{outline("https://a.example/feed", "&lt;b&gt;A&lt;/b&gt; &amp;amp; B")}</outline>'
    (listing,) = read_feed_list(opml(folder))
    assert (listing.url, listing.title) == ("https://a.example/feed", "A & B")


BAD_LISTS = {
    "other scheme": (b"https://a.example/f\nftp://a.example/f\n", "line 2"),
    "no address": (b"\n\nhello\n", "line 3"),
    "two on a line": (b"https://a.example/f https://b.example/f", "line 1"),
    "broken address": (b"http://[\n", "line 1"),
    "not text": (b"https://a.example/\xff\n", "line 1"),
    "file in OPML": (opml(outline("https://a.example/f"), outline("file:///etc/hosts")), "outline 2"),
    "entities": (b'<!DOCTYPE opml [<!ENTITY a "b">]><opml><body/></opml>', "entities"),
    "external entity": (b'<!DOCTYPE opml [<!ENTITY a SYSTEM "file:///etc/hosts">]><opml>&a;</opml>', "entities"),
    "cut off": (opml(outline("https://a.example/f"))[:-20], "well-formed"),
    "deep": (opml("<outline>" * 30 + "</outline>" * 30), "nests deeper"),
    "many": (opml(*(outline(f"https://a.example/{n}") for n in range(5_001))), "more than 5000"),
    "large": (opml("<outline text='" + "x" * (5 << 20) + "'/>"), "bytes"),
}


@pytest.mark.parametrize(("body", "words"), BAD_LISTS.values(), ids=BAD_LISTS)
def test_a_bad_list_is_refused_whole_and_says_where(body: bytes, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        read_feed_list(body)


def test_an_operator_can_lift_the_cap_of_an_opml_file() -> None:
    body = opml(*(outline(f"https://a.example/{n}") for n in range(5_001)))
    assert len(read_feed_list(body, max_opml_feeds=None)) == 5_001
