"""Lists of feeds that people bring: plain text and OPML."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from defusedxml import ElementTree
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import UsageError
from monitor.poll import FeedListing, read_feed_list, write_opml
from monitor.poll.markup import one_line

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def opml(*outlines: str) -> bytes:
    return f'<?xml version="1.0"?><opml version="2.0"><body>{"".join(outlines)}</body></opml>'.encode()


def outline(url: str, title: str = "") -> str:
    return f'<outline type="rss" text="{title}" xmlUrl="{url}"/>'


def urls(body: bytes) -> Iterator[str]:
    return (listing.url for listing in read_feed_list(body).feeds)


def test_a_plain_list_is_read_without_its_comments_blank_lines_and_repetitions() -> None:
    text = "\ufeff# feeds\r\n\r\nhttps://a.example/feed\r\n  https://b.example/feed  \nhttps://A.example/feed\n"
    read = read_feed_list(text.encode())
    assert [listing.url for listing in read.feeds] == ["https://a.example/feed", "https://b.example/feed"]
    assert read.repeated == ("https://A.example/feed",)


def test_an_address_of_a_plain_list_is_taken_as_it_is_meant() -> None:
    text = "a.example/feed\nfeed://b.example/f\nhttps://c.example/f  # the good one\nhttps://d.example/#top\n"
    read = read_feed_list(text.encode())
    assert [listing.url for listing in read.feeds] == [
        "https://a.example/feed",
        "https://b.example/f",
        "https://c.example/f",
        "https://d.example/",
    ]


def test_a_plain_list_has_no_cap() -> None:
    assert len(list(urls("".join(f"https://a.example/{n}\n" for n in range(6_000)).encode()))) == 6_000


def test_an_opml_file_is_read_with_folders_and_titles_in_plain_words() -> None:
    folder = f'<outline text="Work">{outline("https://a.example/feed", "&lt;b&gt;A&lt;/b&gt; &amp;amp; B")}</outline>'
    (listing,) = read_feed_list(opml(folder)).feeds
    assert (listing.url, listing.title) == ("https://a.example/feed", "A & B")


def test_an_opml_file_is_read_however_it_spells_its_attributes_and_the_scheme_of_feeds() -> None:
    body = opml(
        '<outline TEXT="A" XMLURL="feed://a.example/feed"/>', '<outline Text="B" xmlURL="https://b.example/f"/>'
    )
    listings = read_feed_list(body).feeds
    assert [(one.title, one.url) for one in listings] == [("A", "https://a.example/feed"), ("B", "https://b.example/f")]


BAD_ADDRESSES = {
    "other scheme": (b"https://a.example/f\nftp://a.example/f\n", "line 2"),
    "no address": (b"https://a.example/f\n\nhello you\n", "line 3"),
    "script": (b"https://a.example/f\njavascript:alert(1)\n", "line 2"),
    "two on a line": (b"https://a.example/f\nhttps://a.example/f https://b.example/f", "line 2"),
    "broken address": (b"http://[\nhttps://a.example/f", "line 1"),
    "not text": (b"https://a.example/\xff\nhttps://a.example/f", "line 1"),
    "file in OPML": (opml(outline("https://a.example/f"), outline("file:///etc/hosts")), "outline 2"),
    "no scheme in OPML": (opml(outline("a.example/g"), outline("https://a.example/f")), "outline 1"),
    "script in OPML": (opml(outline("javascript:alert(1)"), outline("https://a.example/f")), "outline 1"),
}


@pytest.mark.parametrize(("body", "place"), BAD_ADDRESSES.values(), ids=BAD_ADDRESSES)
def test_what_is_no_address_is_named_by_its_place_beside_the_good_ones(body: bytes, place: str) -> None:
    read = read_feed_list(body)
    assert [bad.place for bad in read.refused] == [place]
    assert [listing.url for listing in read.feeds] == ["https://a.example/f"]


BAD_LISTS = {
    "entities": (b'<!DOCTYPE opml [<!ENTITY a "b">]><opml><body/></opml>', "entities"),
    "entities within entities": (b'<!DOCTYPE o [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]><opml>&b;</opml>', "entities"),
    "external entity": (b'<!DOCTYPE opml [<!ENTITY a SYSTEM "file:///etc/hosts">]><opml>&a;</opml>', "entities"),
    "external DTD": (b'<!DOCTYPE opml SYSTEM "http://a.example/o.dtd"><opml><body/></opml>', "DTD"),
    "cut off": (opml(outline("https://a.example/f"))[:-20], "well-formed"),
    "deep": (opml("<outline>" * 30 + "</outline>" * 30), "nests deeper"),
    "many": (opml(*(outline(f"https://a.example/{n}") for n in range(5_001))), "more than 5000"),
    "many alike": (opml(*[outline("https://a.example/f")] * 20_000), "more than 5000"),
    "large": (opml("<outline text='" + "x" * (5 << 20) + "'/>"), "bytes"),
}


@pytest.mark.parametrize(("body", "words"), BAD_LISTS.values(), ids=BAD_LISTS)
def test_what_is_no_sound_list_is_refused_whole(body: bytes, words: str) -> None:
    """RELIABILITY.md F13."""
    with pytest.raises(UsageError, match=words):
        read_feed_list(body)


def test_an_operator_can_lift_the_cap_of_an_opml_file() -> None:
    body = opml(*(outline(f"https://a.example/{n}") for n in range(5_001)))
    assert len(read_feed_list(body, None).feeds) == 5_001


# --- writing -----------------------------------------------------------------------------------------------

ODD_TITLES = ("A & B", '"Quoted" \'twice\'', "a < b > c", "<b>bold</b>", "AT&amp;T", "&lt;", "]]>", "\x00\x0b\x1f\x85",
              "tab\tand\nline", "\ufffe\uffff", "\ud800", "\u202emirrored", "🗞️", "  spaced  ", "")  # fmt: skip


@given(st.text() | st.sampled_from(ODD_TITLES))
def test_every_title_comes_back_as_it_is_kept(title: str) -> None:
    text = write_opml([FeedListing("https://a.example/f?a=1&b='2'", title)], NOW)
    [listing] = read_feed_list(text.encode()).feeds
    kept = one_line(title).replace("\ufffe", "").replace("\uffff", "")
    assert (listing.url, listing.title) == ("https://a.example/f?a=1&b='2'", one_line(kept) or None)


@given(st.lists(st.from_regex(r"https?://[a-z]{1,9}\.example/[!#-;=?-~&<\"]{0,20}", fullmatch=True), unique=True))
def test_every_list_comes_back_in_its_order(addresses: list[str]) -> None:
    text = write_opml((FeedListing(url) for url in addresses), NOW)
    read = read_feed_list(text.encode())
    assert (len(read.feeds) + len(read.repeated), read.refused) == (len(addresses), ())
    assert [listing.url for listing in read.feeds] == [url for url in addresses if url not in read.repeated]


def test_what_is_written_is_opml_2_as_other_readers_take_it() -> None:
    listings = [FeedListing("https://a.example/f", "A & B"), FeedListing("https://b.example/")]
    root = ElementTree.fromstring(write_opml(listings, NOW))
    assert (root.tag, root.get("version"), root.findtext("head/title")) == ("opml", "2.0", "Feeds")
    assert root.findtext("head/dateCreated") == "Fri, 20 Nov 2026 12:00:00 +0000"
    assert [dict(feed.attrib) for feed in root.findall("body/outline")] == [
        {"type": "rss", "text": "A & B", "title": "A & B", "xmlUrl": "https://a.example/f"},
        {"type": "rss", "text": "https://b.example/", "xmlUrl": "https://b.example/"},
    ]
