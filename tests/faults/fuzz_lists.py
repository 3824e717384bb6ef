"""What is read of pages that name feeds, of lists of them, and of an aggregator's entries: targets of the fuzzer."""

import gzip
from collections.abc import Hashable

from faults.fuzz_poll import HTML_TOKENS, INDEX, JSON, NEWS, NOW, PAGE, RSS, SITEMAP_TOKENS, URL, XML_TOKENS, is_line
from faults.mutants import Target, text_of

from monitor.errors import ParseError, UsageError
from monitor.identity import clean_text, tidy_text, web_address
from monitor.model import FeedEntry
from monitor.poll import (
    address_meant,
    read_feed_list,
    write_opml,
)
from monitor.poll.aggregators import behind_redirects, led_to_story
from monitor.poll.links import MOST_LINKS, feed_links
from monitor.poll.markup import one_line, plain
from monitor.poll.packed import MAX_BYTES, unpacked
from monitor.poll.sitemap import sitemaps_in


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
    assert all(link.title is None or is_line(link.title, 200) for link in found)
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
    assert complete in {some, "truncated"}
    return complete if isinstance(complete, str) else len(complete).bit_length()


def sitemap(data: bytes) -> Hashable:
    """An index of sitemaps: addresses of the web."""
    found = sitemaps_in(data, None)
    assert all(web_address(address, "") == address for address in found)
    return len(found)


def aggregated(data: bytes) -> Hashable:
    """An aggregator's entry, its address in the first line and its markup below: the story or the entry as it was."""
    address, _, html = text_of(data).partition("\n")
    behind = behind_redirects(address)
    assert behind is None or behind != address
    entry = FeedEntry("guid", web_address(address, URL), "Title", "")
    story = led_to_story(entry, markup=html, talk=behind)
    assert story == entry or story.via_url is not None
    return behind is None, story.via_url is None


OPML = (
    b'<?xml version="1.0"?><opml version="2.0"><body><outline text="Desks"><outline type="rss"'
    b' text="A &amp;amp; B" title="A &amp;lt;b&amp;gt;" xmlUrl="https://a.example/feed"/></out'
    b'line><outline xmlurl="ftp://b.example/"/></body></opml>'
)
REDIRECTS = (
    b"https://www.bing.com/news/apiclick.aspx?ref=x&url=https%3A%2F%2Fa.example%2F1&c=2\n",
    b"https://www.google.co.uk/url?q=https://www.google.com/url?url=https%253A%252F%252Fa.example\n",
    b'https://www.reddit.com/r/x/comments/1\n<a href="https://a.example/1">[link]</a> <a href="/r">[comments]</a>',
    b'https://news.ycombinator.com/item?id=1\n<p>Article URL: <a href="https://a.example/1">a</a></p>',
    b"https://r.search.yahoo.com/_ylt=x/RU=https%3a%2f%2fa.example%2f1/RK=2/\n",
)  # fmt: skip
REDIRECT_TOKENS = (
    b"url=",
    b"%25",
    b"%3A%2F%2F",
    b"&",
    b"<a href='",
    b"'>[link]</a>",
    b"/RU=",
    b"l.facebook.com/l.php?u=",
    b"[",
)

TARGETS = (
    Target("poll.sitemaps", sitemap, (INDEX, NEWS), SITEMAP_TOKENS, 4),
    Target("poll.markup", markup, (PAGE, b"a < b &amp;lt; <b>c</b><br>d"), HTML_TOKENS, 16),
    Target("poll.links", links, (PAGE,), HTML_TOKENS, 12),
    Target(
        "poll.feedlist", feed_list, (OPML, b"# desks\na.example/feed # one\nfeed:https://b.example/\n"), XML_TOKENS, 8
    ),
    Target("poll.packed", packed, (gzip.compress(RSS), gzip.compress(JSON) * 2), (b"\x1f\x8b\x08", b"\0" * 9), 8),
    Target("poll.aggregators", aggregated, REDIRECTS, REDIRECT_TOKENS, 12),
)
