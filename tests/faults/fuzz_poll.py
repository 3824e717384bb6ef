"""What is read of feed documents: targets of the fuzzer, with what each promises."""

import gzip
import sys
from collections.abc import Hashable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from faults.mutants import Target, text_of
from feedparser.datetimes import _parse_date

from monitor.errors import ParseError
from monitor.identity import clean_text, entry_identity, is_plausible, tidy_text, web_address
from monitor.model import FeedDocument, FeedEntry
from monitor.poll import (
    parse_broken_off,
    parse_feed,
    survey,
)
from monitor.poll.charset import feed_text
from monitor.poll.dialect import dialect_of
from monitor.poll.limits import MAX_DATE, MAX_SUMMARY, MAX_TITLE
from monitor.poll.simple import simple_entries
from monitor.poll.trim import DIGEST_BYTES, layout_of

parse = sys.modules["monitor.poll.parse"]
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
URL = "https://news.example/desk/feed"


def feed(data: bytes) -> Hashable:
    """One line says how the server calls it; every entry is sound, and what is cut out changes no neighbour."""
    kind, _, body = data.partition(b"\n")
    try:
        document = parse_feed(body, text_of(kind), URL)
    except ParseError as error:
        return error.reason.value, error.detail[:20]
    _check_document(document)
    if document.digests:
        _check_trimmed(body, text_of(kind), document)
        _check_simple(body, text_of(kind), document)
    return document.partial, len(document.entries), bool(document.digests), document.ttl_s is None


def _check_document(document: FeedDocument) -> None:
    assert document.title is None or is_line(document.title, MAX_TITLE)
    assert document.ttl_s is None or document.ttl_s > 0
    for entry in document.entries:
        _check_entry(entry)


def is_line(text: str, longest: int) -> bool:
    return len(text) <= longest and "\n" not in text and clean_text(text) == text


def _check_entry(entry: FeedEntry) -> None:
    assert is_line(entry.title, MAX_TITLE)
    assert tidy_text(entry.summary) == entry.summary or len(entry.summary) >= MAX_SUMMARY - 1
    assert len(entry.summary) <= MAX_SUMMARY
    assert entry.guid is None or clean_text(entry.guid) == entry.guid
    for address in (entry.url, entry.via_url):
        assert address is None or web_address(address, "") == address
    if entry.published_at is not None:
        assert entry.published_at.utcoffset() == timedelta(0)
        is_plausible(entry.published_at, NOW)
    assert len(entry.published_raw or "") <= MAX_DATE
    assert entry.publisher is None or is_line(entry.publisher, MAX_TITLE)
    assert len(entry_identity(entry)) == 64


def _check_trimmed(body: bytes, kind: str, whole: FeedDocument) -> None:
    """The document without every other entry is the whole one without them."""
    single = [whole.digests[at : at + DIGEST_BYTES] for at in range(0, len(whole.digests), DIGEST_BYTES)]
    layout = layout_of(feed_text(body, kind).text.encode("utf-8", "replace"), URL)
    assert layout is not None
    known = set(single[::2])
    left = [entry for entry, digest in zip(whole.entries, layout.digests, strict=True) if digest not in known]
    rest = parse_feed(body, kind, URL, b"".join(known))
    assert rest == replace(whole, entries=tuple(left), skipped=len(whole.entries) - len(left))


def _check_simple(body: bytes, kind: str, document: FeedDocument) -> None:
    """Entries that are read without feedparser are what feedparser makes of them."""
    whole = feed_text(body, kind).text.encode("utf-8", "replace")
    layout = layout_of(whole, URL)
    assert layout is not None
    by_feedparser, _ = parse._read(whole, URL)
    found = simple_entries(whole, layout.prefixes, _parse_date)
    assert len(found) in {0, len(layout.spans)}
    for one, entry in zip(found, by_feedparser.entries, strict=False):
        assert one is None or parse._entry(one, URL) == entry
    assert document.entries == by_feedparser.entries


def broken_off(data: bytes) -> Hashable:
    """A document whose end is missing: whole entries or a reason, and nothing to know them by the next time."""
    try:
        document = parse_broken_off(data, "application/xml", URL)
    except ParseError as error:
        return error.reason.value
    assert document.partial
    assert document.digests == b""
    _check_document(document)
    return len(document.entries)


def charset(data: bytes) -> Hashable:
    """Bytes in any encoding, by any name for it: text that an XML parser can take, and no work that explodes."""
    kind, _, body = data.partition(b"\n")
    text = feed_text(body, text_of(kind)).text
    assert text.encode().decode() == text
    assert not any(character < " " and character not in "\t\n\r" for character in text)
    assert len(text) <= 2 * len(body) + 2
    return dialect_of(body), text[:1], len(text) == len(body)


def surveyed(data: bytes) -> Hashable:
    """Whatever document an address gives: something to say of it, and never an error."""
    kind, _, body = data.partition(b"\n")
    found = survey(body, text_of(kind), URL, parse_feed, NOW)
    assert (found.feed is None) or found.fault is None
    return found.dialect, found.fault and found.fault[:20], len(found.links), len(found.sitemaps)


def _document(root: str, *entries: str, head: str = "<title>Desk</title>") -> bytes:
    inner = head + "".join(entries)
    return f"{root.format(inner=inner)}".encode()


_RSS = (
    '<?xml version="1.0" encoding="utf-8"?><rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>{inner}</channel></rss>'
)  # fmt: skip
_ITEM = (
    "<item><guid isPermaLink='false'>g{n}</guid><link>/story/{n}?utm_source=rss</link><title>"
    "Norvik cuts {n} jobs</title><description>&lt;p&gt;The desk &amp;amp; more&lt;/p&gt;</des"
    "cription><pubDate>Sun, 22 Nov 2026 0{n}:00:00 GMT</pubDate><source url='https://wire.exa"
    "mple/'>Wire</source></item>"
)
_ATOM = '<feed xmlns="http://www.w3.org/2005/Atom">{inner}</feed>'
_ENTRY = (
    "<entry><id>urn:{n}</id><title type='html'>Story &lt;b&gt;{n}&lt;/b&gt;</title><link href='{n}'/>"
    "<updated>2026-11-22T0{n}:00:00Z</updated><content type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'>"
    "<p>Text</p></div></content></entry>"
)  # fmt: skip
_ITEMS, _ENTRIES = ([form.format(n=n) for n in range(1, 5)] for form in (_ITEM, _ENTRY))
RSS, ATOM = _document(_RSS, *_ITEMS, head="<title>Desk</title><ttl>30</ttl>"), _document(_ATOM, *_ENTRIES)
PLAIN = (  # of entries that need no feedparser
    RSS.replace(b"<link>/", b"<link>https://news.example/"),
    ATOM.replace(b"<link href='", b"<link href='https://news.example/")
    .replace(b"'xhtml'><div", b"'html'><![CDATA[<div")
    .replace(b"</p></div>", b"</p></div>]]>"),
)
RDF = (
    b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"><channel>'
    b'<title>D</title></channel><item rdf:about="/1"><title>One</title><link>/1</link></item></rdf:RDF>'
)  # fmt: skip
JSON = (
    b'{"version": "https://jsonfeed.org/version/1.1", "title": "Desk", "items": [{"id": "1", "'
    b'url": "/1", "title": "A", "content_html": "<p>Text</p>", "date_published": "2026-11-22T0'
    b'1:00:00+01:00"}, {"id": 2, "external_url": "/2"}]}'
)
NEWS = (
    b'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:n="http://www.google.c'
    b'om/schemas/sitemap-news/0.9"><url><loc>https://news.example/1</loc><n:news><n:publicatio'
    b"n><n:name>Desk</n:name></n:publication><n:publication_date>2026-11-22</n:publication_dat"
    b"e><n:title>One</n:title></n:news></url></urlset>"
)
INDEX = (
    b"<sitemapindex><sitemap><loc>https://news.example/a.xml.gz</loc></sitemap><sitemap><loc>/"
    b"b</loc></sitemap></sitemapindex>"
)
PAGE = (
    b'<html><head><base href="/x/"><link rel="alternate" type="application/rss+xml" title="Des'
    b'k" href="feed.xml#a"></head><body><!-- <a href="/rss">no</a> --><script>"<a href=/rss>"<'
    b'/script><a href="/comments/feed/">c</a></body></html>'
)
HTML_TOKENS = (
    b"<p>", b"</p>", b"<script>", b"</script>", b"<style", b"<!--", b"-->", b"<a href=", b"'", b'"', b">", b"<br/>",
    b"<link rel=alternate type=text/xml href=/f>", b"<base href='//['>", b"&amp;", b"&#", b"&lt;b&gt;",
    b"<template>", b" title=", b" rel='feed alternate'", b"</ScRiPt", b"<svg>", b"<", b"javascript:", b"/feed",
    b"//feeds.example/rss",
)  # fmt: skip
SITEMAP_TOKENS = (
    b"<url>",
    b"<loc>",
    b"</loc>",
    b"<n:news>",
    b"<sitemap>",
    b"</sitemap>",
    b"<!DOCTYPE x>",
    b"&x;",
    b"<n:title>",
)
XML_TOKENS = (
    b"<item>", b"</item>", b"<entry>", b"</entry>", b"<title>", b"</title>", b"<link/>", b"<link>", b"<![CDATA[",
    b"]]>", b"<!--", b"-->", b'<!DOCTYPE x [<!ENTITY a "b">]>', b"&a;", b"&#xD800;", b"&#0;", b"&#65;", b"<?xml",
    b"<x:y>", b' xmlns:x="urn:x"', b' xml:base="http://["', b' type="xhtml"', b' mode="base64"', b"<content>",
    b"<div>", b"</div>", b"<dc:date>9999-99-99</dc:date>", b"<pubDate>30 Feb 2026</pubDate>", b"<ttl>999999</ttl>",
    b"<author>a@b (c)</author>", b"<image>", b"<textInput>", b"<source>", b"<category>x</category>", b"</channel>",
    b"<channel>", b"\x1f\x8b", b"&lt;",
)  # fmt: skip
CHARSETS = (
    b"utf-8", b"utf-16", b"shift_jis", b"iso-2022-jp", b"hz", b"utf-7", b"punycode", b"cp037", b"rot13", b"gb18030",
    b"idna", b"undefined", b"big5", b"euc-kr", b"windows-1252", b"unicode_escape", b"\xff\xfe", b"~{", b"\x1b$B",
    b"+AG", b'encoding="', b"charset=", b"&#55357;&#56832;", b"&#x1F600", b"<\0r\0s\0s\0", b"\0<\0r",
)  # fmt: skip
JSON_TOKENS = (
    b'"items": ',
    b"null",
    b"[",
    b"]",
    b"{",
    b"}",
    b'"id": 1e400',
    b'"\\ud800"',
    b"-0",
    b'"url": "http://["',
    b",",
)


def _named(*documents: bytes, kind: bytes = b"application/xml") -> tuple[bytes, ...]:
    return tuple(kind + b"\n" + document for document in documents)


_WIDE = _named(RSS.replace(b"Desk", "Büro日本".encode()).decode().encode("utf-16"), kind=b"text/xml; charset=utf-8")

TARGETS = (
    Target("poll.xml", feed, _named(RSS, ATOM, RDF, *PLAIN), XML_TOKENS, 2),
    Target("poll.jsonfeed", feed, _named(JSON, kind=b""), JSON_TOKENS, 12),
    Target("poll.sitemap", feed, _named(NEWS, INDEX), SITEMAP_TOKENS, 12),
    Target("poll.broken-off", broken_off, (RSS[:-40], ATOM[:-90], JSON[:-9], gzip.compress(RSS)[:-9]), XML_TOKENS, 1),
    Target("poll.charset", charset, (*_named(RSS, ATOM), *_WIDE), CHARSETS, 16),
    Target("poll.survey", surveyed, _named(PAGE, JSON, INDEX), HTML_TOKENS, 2),
)
