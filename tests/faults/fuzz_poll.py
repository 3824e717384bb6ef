"""What is read of feed documents, of lists of feeds and of pages that name feeds: targets of the fuzzer."""

import gzip
from collections.abc import Callable, Hashable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from faults.mutants import Target, text_of

from monitor.errors import ParseError, UsageError
from monitor.identity import clean_text, entry_identity, is_plausible, tidy_text, web_address
from monitor.model import FeedDocument, FeedEntry
from monitor.poll import (
    address_meant,
    parse_broken_off,
    parse_feed,
    read_feed_list,
    survey,
    write_opml,
)
from monitor.poll.aggregators import behind_redirects, led_to_story
from monitor.poll.charset import feed_text
from monitor.poll.dialect import dialect_of
from monitor.poll.limits import MAX_DATE, MAX_SUMMARY, MAX_TITLE
from monitor.poll.links import MOST_LINKS, feed_links
from monitor.poll.markup import one_line, plain
from monitor.poll.packed import MAX_BYTES, unpacked
from monitor.poll.sitemap import sitemaps_in
from monitor.poll.trim import DIGEST_BYTES, layout_of

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
    return document.partial, len(document.entries), bool(document.digests), document.ttl_s is None


def _check_document(document: FeedDocument) -> None:
    assert document.title is None or _is_line(document.title, MAX_TITLE)
    assert document.ttl_s is None or document.ttl_s > 0
    for entry in document.entries:
        _check_entry(entry)


def _check_entry(entry: FeedEntry) -> None:
    assert _is_line(entry.title, MAX_TITLE)
    assert tidy_text(entry.summary) == entry.summary or len(entry.summary) >= MAX_SUMMARY - 1
    assert len(entry.summary) <= MAX_SUMMARY
    assert entry.guid is None or clean_text(entry.guid) == entry.guid
    for address in (entry.url, entry.via_url):
        assert address is None or web_address(address, "") == address
    if entry.published_at is not None:
        assert entry.published_at.utcoffset() == timedelta(0)
        is_plausible(entry.published_at, NOW)
    assert len(entry.published_raw or "") <= MAX_DATE
    assert entry.publisher is None or _is_line(entry.publisher, MAX_TITLE)
    assert len(entry_identity(entry)) == 64


def _is_line(text: str, longest: int) -> bool:
    return len(text) <= longest and "\n" not in text and clean_text(text) == text


def _check_trimmed(body: bytes, kind: str, whole: FeedDocument) -> None:
    """The document without every other entry is the whole one without them."""
    single = [whole.digests[at : at + DIGEST_BYTES] for at in range(0, len(whole.digests), DIGEST_BYTES)]
    layout = layout_of(feed_text(body, kind).encode("utf-8", "replace"), URL)
    assert layout is not None
    known = set(single[::2])
    left = [entry for entry, digest in zip(whole.entries, layout.digests, strict=True) if digest not in known]
    rest = parse_feed(body, kind, URL, b"".join(known))
    assert rest == replace(whole, entries=tuple(left), skipped=len(whole.entries) - len(left))


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
    text = feed_text(body, text_of(kind))
    assert text.encode().decode() == text
    assert not any(character < " " and character not in "\t\n\r" for character in text)
    assert len(text) <= 2 * len(body) + 2
    return dialect_of(body), text[:1], len(text) == len(body)


def markup(data: bytes) -> Hashable:
    """HTML as feeds carry it: tidy words, no longer than what they were read from."""
    html = text_of(data)
    words = plain(html)
    assert tidy_text(words) == words
    assert len(words) <= 2 * len(html) + 2
    assert "\n" not in one_line(html)
    return "<" in words, "\n" in words, len(words) // 40


def links(data: bytes) -> Hashable:
    """A page that names feeds: addresses of the web, each once, not the page's own, and a bounded number."""
    found = feed_links(text_of(data), URL)
    assert len(found) <= 2 * MOST_LINKS
    assert len({link.url for link in found}) == len(found)
    assert all(web_address(link.url, "") == link.url and "#" not in link.url for link in found)
    assert all(link.title is None or _is_line(link.title, 200) for link in found)
    return len(found), any(link.declared for link in found), any(link.comments for link in found)


def feed_list(data: bytes) -> Hashable:
    """A list of feeds: addresses of the web or a reason, and OPML that is read back as it was written."""
    try:
        found = read_feed_list(data, 200)
    except UsageError as error:
        return str(error)[:40]
    assert all(web_address(listing.url, "") for listing in found.feeds)
    assert all(clean_text(bad.url) == bad.url or len(bad.url) == 200 for bad in found.refused)
    again = read_feed_list(write_opml(found.feeds, NOW).encode())
    assert [(one.url, one.title) for one in again.feeds] == [(one.url, one.title) for one in found.feeds]
    assert again.refused == ()
    address_meant(text_of(data))
    return len(found.feeds), len(found.refused), len(found.repeated)


def packed(data: bytes) -> Hashable:
    """A document that may be a gzip file: bounded, and what came of a broken one begins as the whole does."""
    ends: list[bytes | str] = []
    for whole in (True, False):
        try:
            ends.append(unpacked(data, whole=whole))
        except ParseError as error:
            ends.append(error.reason.value)
    complete, some = ends
    assert all(isinstance(end, str) or len(end) <= MAX_BYTES for end in ends)
    assert complete == some or complete == "truncated"
    return complete if isinstance(complete, str) else len(complete).bit_length()


def sitemap(data: bytes) -> Hashable:
    """An index of sitemaps: addresses of the web."""
    found = sitemaps_in(data, None)
    assert all(web_address(address, "") == address for address in found)
    return len(found)


def surveyed(data: bytes) -> Hashable:
    """Whatever document an address gives: something to say of it, and never an error."""
    kind, _, body = data.partition(b"\n")
    found = survey(body, text_of(kind), URL, parse_feed, NOW)
    assert (found.feed is None) or found.fault is None
    return found.dialect, found.fault and found.fault[:20], len(found.links), len(found.sitemaps)


def aggregated(data: bytes) -> Hashable:
    """An aggregator's entry, its address in the first line and its markup below: the story or the entry as it was."""
    address, _, html = text_of(data).partition("\n")
    behind = behind_redirects(address)
    assert behind is None or behind != address
    entry = FeedEntry("guid", web_address(address, URL), "Title", "")
    story = led_to_story(entry, markup=html, talk=behind)
    assert story == entry or story.via_url is not None
    return behind is None, story.via_url is None


def _document(root: str, *entries: str, head: str = "<title>Desk</title>") -> bytes:
    inner = head + "".join(entries)
    return f"{root.format(inner=inner)}".encode()


_RSS = (
    '<?xml version="1.0" encoding="utf-8"?><rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>{inner}</channel></rss>'
)
_ITEM = (
    "<item><guid isPermaLink='false'>g{n}</guid><link>/story/{n}?utm_source=rss</link><title>Norvik cuts {n} jobs</title>"
    "<description>&lt;p&gt;The desk &amp;amp; more&lt;/p&gt;</description><pubDate>Sun, 22 Nov 2026 0{n}:00:00 GMT</pubDate>"
    "<source url='https://wire.example/'>Wire</source></item>"
)
_ATOM = '<feed xmlns="http://www.w3.org/2005/Atom">{inner}</feed>'
_ENTRY = (
    "<entry><id>urn:{n}</id><title type='html'>Story &lt;b&gt;{n}&lt;/b&gt;</title><link href='{n}'/>"
    "<updated>2026-11-22T0{n}:00:00Z</updated><content type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'>"
    "<p>Text</p></div></content></entry>"
)
_ITEMS, _ENTRIES = ([form.format(n=n) for n in range(1, 5)] for form in (_ITEM, _ENTRY))
RSS, ATOM = _document(_RSS, *_ITEMS, head="<title>Desk</title><ttl>30</ttl>"), _document(_ATOM, *_ENTRIES)
RDF = (
    b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"><channel>'
    b'<title>D</title></channel><item rdf:about="/1"><title>One</title><link>/1</link></item></rdf:RDF>'
)
JSON = (
    b'{"version": "https://jsonfeed.org/version/1.1", "title": "Desk", "items": [{"id": "1", "url": "/1", "title": "A", '
    b'"content_html": "<p>Text</p>", "date_published": "2026-11-22T01:00:00+01:00"}, {"id": 2, "external_url": "/2"}]}'
)
NEWS = (
    b'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:n="http://www.google.com/schemas/sitemap-news/0.9">'
    b"<url><loc>https://news.example/1</loc><n:news><n:publication><n:name>Desk</n:name></n:publication>"
    b"<n:publication_date>2026-11-22</n:publication_date><n:title>One</n:title></n:news></url></urlset>"
)
INDEX = b"<sitemapindex><sitemap><loc>https://news.example/a.xml.gz</loc></sitemap><sitemap><loc>/b</loc></sitemap></sitemapindex>"
PAGE = (
    b'<html><head><base href="/x/"><link rel="alternate" type="application/rss+xml" title="Desk" href="feed.xml#a">'
    b'</head><body><!-- <a href="/rss">no</a> --><script>"<a href=/rss>"</script><a href="/comments/feed/">c</a></body></html>'
)
OPML = (
    b'<?xml version="1.0"?><opml version="2.0"><body><outline text="Desks"><outline type="rss" text="A &amp;amp; B" '
    b'title="A &amp;lt;b&amp;gt;" xmlUrl="https://a.example/feed"/></outline><outline xmlurl="ftp://b.example/"/></body></opml>'
)
XML_TOKENS = (
    *(b"<item>", b"</item>", b"<entry>", b"</entry>", b"<title>", b"</title>", b"<link/>", b"<link>", b"<![CDATA[", b"]]>"),
    *(b"<!--", b"-->", b'<!DOCTYPE x [<!ENTITY a "b">]>', b"&a;", b"&#xD800;", b"&#0;", b"&#65;", b"<?xml", b"<x:y>"),
    *(b' xmlns:x="urn:x"', b' xml:base="http://["', b' type="xhtml"', b' mode="base64"', b"<content>", b"<div>", b"</div>"),
    *(b"<dc:date>9999-99-99</dc:date>", b"<pubDate>30 Feb 2026</pubDate>", b"<ttl>999999</ttl>", b"<author>a@b (c)</author>"),
    *(b"<image>", b"<textInput>", b"<source>", b"<category>x</category>", b"</channel>", b"<channel>", b"\x1f\x8b", b"&lt;"),
)
CHARSETS = (
    *(b"utf-8", b"utf-16", b"shift_jis", b"iso-2022-jp", b"hz", b"utf-7", b"punycode", b"cp037", b"rot13", b"gb18030"),
    *(b"idna", b"undefined", b"big5", b"euc-kr", b"windows-1252", b"unicode_escape", b"\xff\xfe", b"~{", b"\x1b$B", b"+AG"),
    *(b'encoding="', b"charset=", b"&#55357;&#56832;", b"&#x1F600", b"<\0r\0s\0s\0", b"\0<\0r"),
)
HTML_TOKENS = (
    *(b"<p>", b"</p>", b"<script>", b"</script>", b"<style", b"<!--", b"-->", b"<a href=", b"'", b'"', b">", b"<br/>"),
    *(b"<link rel=alternate type=text/xml href=/f>", b"<base href='//['>", b"&amp;", b"&#", b"&lt;b&gt;", b"<template>"),
    *(b" title=", b" rel='feed alternate'", b"</ScRiPt", b"<svg>", b"<", b"javascript:", b"/feed", b"//feeds.example/rss"),
)
JSON_TOKENS = (b'"items": ', b"null", b"[", b"]", b"{", b"}", b'"id": 1e400', b'"\\ud800"', b"-0", b'"url": "http://["', b",")
SITEMAP_TOKENS = (b"<url>", b"<loc>", b"</loc>", b"<n:news>", b"<sitemap>", b"</sitemap>", b"<!DOCTYPE x>", b"&x;", b"<n:title>")
REDIRECTS = (
    b"https://www.bing.com/news/apiclick.aspx?ref=x&url=https%3A%2F%2Fa.example%2F1&c=2\n",
    b"https://www.google.co.uk/url?q=https://www.google.com/url?url=https%253A%252F%252Fa.example\n",
    b'https://www.reddit.com/r/x/comments/1\n<a href="https://a.example/1">[link]</a> <a href="/r">[comments]</a>',
    b'https://news.ycombinator.com/item?id=1\n<p>Article URL: <a href="https://a.example/1">a</a></p>',
    b"https://r.search.yahoo.com/_ylt=x/RU=https%3a%2f%2fa.example%2f1/RK=2/\n",
)
REDIRECT_TOKENS = (b"url=", b"%25", b"%3A%2F%2F", b"&", b"<a href='", b"'>[link]</a>", b"/RU=", b"l.facebook.com/l.php?u=", b"[")


def _named(*documents: bytes, kind: bytes = b"application/xml") -> tuple[bytes, ...]:
    return tuple(kind + b"\n" + document for document in documents)


def _target(name: str, run: Callable[[bytes], Hashable], seeds: tuple[bytes, ...], tokens: tuple[bytes, ...], share: int) -> Target:
    return Target(f"poll.{name}", run, seeds, tokens, share)


_WIDE = _named(RSS.replace(b"Desk", "Büro日本".encode()).decode().encode("utf-16"), kind=b"text/xml; charset=utf-8")
TARGETS = (
    _target("xml", feed, _named(RSS, ATOM, RDF), XML_TOKENS, 2),
    _target("jsonfeed", feed, _named(JSON, kind=b""), JSON_TOKENS, 12),
    _target("sitemap", feed, _named(NEWS, INDEX), SITEMAP_TOKENS, 12),
    _target("sitemaps", sitemap, (INDEX, NEWS), SITEMAP_TOKENS, 4),
    _target("broken off", broken_off, (RSS[:-40], ATOM[:-90], JSON[:-9], gzip.compress(RSS)[:-9]), XML_TOKENS, 1),
    _target("charset", charset, (*_named(RSS, ATOM), *_WIDE), CHARSETS, 16),
    _target("markup", markup, (PAGE, b"a < b &amp;lt; <b>c</b><br>d"), HTML_TOKENS, 16),
    _target("links", links, (PAGE,), HTML_TOKENS, 12),
    _target("feed list", feed_list, (OPML, b"# desks\na.example/feed # one\nfeed:https://b.example/\n"), XML_TOKENS, 8),
    _target("packed", packed, (gzip.compress(RSS), gzip.compress(JSON) * 2), (b"\x1f\x8b\x08", b"\0" * 9), 8),
    _target("survey", surveyed, _named(PAGE, JSON, INDEX), HTML_TOKENS, 2),
    _target("aggregators", aggregated, REDIRECTS, REDIRECT_TOKENS, 12),
)
