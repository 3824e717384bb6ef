"""What a page names as feeds, and what a document is by its root: pure parts that run on hostile bytes."""

from datetime import UTC, datetime

import pytest

from monitor.poll import feedlist, parse_feed
from monitor.poll.dialect import dialect_of
from monitor.poll.links import MOST_LINKS, feed_links
from monitor.poll.survey import survey

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
PAGE = "https://gazette.example/news/"
FEED = 'rel="alternate" type="application/rss+xml"'


def urls(html: str) -> list[str]:
    return [link.url for link in feed_links(html, PAGE)]


NAMED = {
    "declared": f"<link {FEED} href='/f'>",
    "in any case and order": "<LINK HREF=/f TYPE='Application/RSS+XML; charset=x' REL='Feed Alternate'>",
    "without quotes": "<link rel=alternate type=application/atom+xml href=/f >",
    "relative": f"<link {FEED} href=../f>",
    "with entities": f"<link {FEED} href='&#47;f'>",
    "an attribute with a bracket": f"<link title='a > b' {FEED} href='/f'>",
    "closed as XML": f"<link {FEED} href='/f' />",
    "without a type, as a feed": "<link rel=feed href=/f>",
    "with a part after a hash": f"<link {FEED} href='/f#top'>",
    "outside the head": f"<body><p>Text<link {FEED} href='/f'>",
    "spaced in the address": f"<link {FEED} href='  /f\n'>",
    "below another base": f"<base href='/deep/'><link {FEED} href='../f'>",
    "twice": f"<link {FEED} href='/f'><link {FEED} href='/f'>",
    "the first of two attributes": f"<link {FEED} href='/f' href='/g'>",
}


@pytest.mark.parametrize("html", NAMED.values(), ids=NAMED)
def test_a_page_names_its_feed(html: str) -> None:
    assert urls(html) == ["https://gazette.example/f"]


NOT_NAMED = {
    "a stylesheet": "<link rel=stylesheet href=/feed.css>",
    "another language": "<link rel=alternate hreflang=de href=/de/>",
    "an interface of a blog": "<link rel=alternate type=application/json href=/wp-json/wp/v2/pages/1>",
    "an embedding": "<link rel=alternate type=application/json+oembed href=/oembed?url=feed>",
    "in a comment": f"<!-- <link {FEED} href=/f> -->",
    "in a script": f"<script>'<link {FEED} href=/f>'</script>",
    "in a template": f"<template><link {FEED} href=/f></template>",
    "not of the web": f"<link {FEED} href='file:///etc/passwd'><link {FEED} href='javascript:feed()'>",
    "the page itself": f"<link {FEED} href='/news/'>",
    "a word like it": "<a href=/feedback>x</a><a href=/rssl>x</a><a href=/atomic-energy>x</a>",
    "a service for readers": "<a href='https://reader.example/feed?u=gazette.example'>x</a>",
    "no address": f"<link {FEED}><a>rss</a><link {FEED} href=''>",
    "a tag of another name": f"<linked {FEED} href=/f>",
}


@pytest.mark.parametrize("html", NOT_NAMED.values(), ids=NOT_NAMED)
def test_a_page_does_not_name_as_feed(html: str) -> None:
    assert urls(html) == []


LINKED = ("/rss", "/feed/", "/news.rss", "/feed.xml", "?format=feed&type=rss", "/service/rss-feeds.html",
          "https://feeds.gazettegroup.example/x/rss.xml")  # fmt: skip


@pytest.mark.parametrize("href", LINKED)
def test_an_ordinary_link_can_look_like_a_feed(href: str) -> None:
    assert len(urls(f"<a class=x href='{href}'>RSS</a>")) == 1


def test_declared_feeds_come_before_links_and_know_what_they_are_about() -> None:
    html = f"<a href=/rss>x</a><link {FEED} title='Gazette &raquo; Comments Feed' href=/c><link {FEED} href=/f>"
    links = feed_links(html, PAGE)
    assert [(link.url[-3:], link.declared, link.comments) for link in links] == [
        ("e/c", True, True),
        ("e/f", True, False),
        ("rss", False, False),
    ]


HOSTILE = {
    "a flood of feeds": f"<link {FEED} href=/f%d>",
    "a flood of links": "<a href=/rss/%d>",
    "links elsewhere": "<a href=https://h%d.example/rss>",
    "open quotes": '<link rel="%d',
    "open comments": "<!-- %d",
    "open scripts": "<script>%d",
    "brackets": "<<<<<<<%d",
    "open tags": "<a %d",
    "attributes without end": "<link " + "a=b " * 100 + "%d",
    "equal signs": "<link ='====\"%d",
}


@pytest.mark.parametrize("part", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_page_names_no_more_than_is_kept(part: str) -> None:
    """Two hundred thousand times; what is quadratic would not come back."""
    assert len(urls("".join(part % number for number in range(200_000)))) <= 2 * MOST_LINKS


# --- dialects ----------------------------------------------------------------------------------------------

DIALECTS = {
    "RSS 2.0": b"<?xml version='1.0'?>\n<!-- x < y --><rss version='2.0'>",
    "RSS 0.91": b'<!DOCTYPE rss PUBLIC "-//N//DTD" "http://my.netscape.com/a.dtd"><rss version="0.91">',
    "RSS": b"<rss>",
    "RSS 1.0": b"<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>",
    "RSS 0.90": b"<rdf:RDF xmlns='http://my.netscape.com/rdf/simple/0.9/'>",
    "Atom": b"\xef\xbb\xbf  <feed xmlns='http://www.w3.org/2005/Atom'>",
    "Atom 0.3": b"<feed version='0.3' xmlns='http://purl.org/atom/ns#'>",
    "JSON Feed": b'{"version": "https://jsonfeed.org/version/1"}',
    "news sitemap": b"<urlset xmlns:news='http://www.google.com/schemas/sitemap-news/0.9'>",
    "sitemap": b"<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>",
    "sitemap index": b"<sitemapindex>",
    "list of feeds (OPML)": b"<opml version='2.0'>",
    "web page": b"<!DOCTYPE html>\n<HTML lang=en>",
}


@pytest.mark.parametrize(("name", "body"), DIALECTS.items())
def test_a_document_is_known_by_its_root(name: str, body: bytes) -> None:
    assert dialect_of(body) == name
    assert dialect_of(body.decode().encode("utf-16")) == name or b"{" in body or name == "news sitemap"


@pytest.mark.parametrize("body", [b"", b"words", b"<<<", b"<!--", b"<?xml", b"<p>text", b"< rss>"])
def test_what_has_no_known_root_is_not_named(body: bytes) -> None:
    assert dialect_of(body) is None


def test_a_page_without_an_html_tag_is_read_as_a_page() -> None:
    seen = survey(b"<title>x</title><link rel=feed href=/f>", "text/html", PAGE, parse_feed, NOW)
    assert (seen.dialect, [link.url for link in seen.links]) == ("web page", ["https://gazette.example/f"])


def test_a_list_of_feeds_is_no_feed() -> None:
    opml = feedlist.write_opml([feedlist.FeedListing("https://a.example/f")], NOW).encode()
    assert survey(opml, None, PAGE, parse_feed, NOW).feed is None
