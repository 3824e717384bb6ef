"""Simple entries are read without feedparser, and as feedparser reads them, field by field."""

import sys
from unittest.mock import patch

import pytest
from documents import item, rss, rss_of
from feed_strategies import MEDIA, atom, entry, feeds, plain_feeds
from feedparser.api import StrictFeedParser
from feedparser.datetimes import _parse_date
from feedparser.mixin import _FeedParserMixin
from hypothesis import example, given, settings

from monitor.model import FeedDocument, FeedEntry
from monitor.poll import parse_feed, simple
from monitor.poll.charset import feed_text
from monitor.poll.trim import layout_of

PARSE = sys.modules["monitor.poll.parse"]
URL = "https://news.example/desk/feed.xml"
ATOM = "http://www.w3.org/2005/Atom"


@pytest.fixture(autouse=True)
def nothing_is_proven_yet() -> None:
    PARSE._proven.clear()


def simply(text: str) -> list[FeedEntry | None]:
    """Give each entry as it is read without feedparser, None for those that are not; nothing for other documents."""
    whole = feed_text(text.encode(), None).text.encode("utf-8", "replace")
    layout = layout_of(whole, URL)
    if layout is None:
        return []
    found = simple.simple_entries(whole, layout.prefixes, _parse_date)
    return [None if one is None else PARSE._entry(one, URL) for one in found]


def by_feedparser(text: str) -> FeedDocument:
    with patch.object(PARSE, "_simple", lambda *_: {}):
        return parse_feed(text.encode(), None, URL)


def item_of(inner: str) -> str:
    return rss(f"<item>{inner}</item>").replace(
        "<rss ",
        f'<rss xmlns:a="{ATOM}" xmlns:media="{MEDIA}" xmlns:wfw="http://wellformedweb.org/CommentAPI/" '
        'xmlns:slash="http://purl.org/rss/1.0/modules/slash/" ',
    )


def entry_of(inner: str) -> str:
    return atom(f"<entry>{inner}</entry>")


LINK, PLACE = '<link href="https://news.example/1"/>', "https://news.example/1"
SIMPLE = {
    "an item": rss(item(1)),
    "an entry": atom(entry(1).replace('"1"', f'"{PLACE}"')),
    "nothing": item_of(""),
    "a title with entities of HTML": item_of("<title>It&amp;#8217;s AT&amp;amp;T &amp;hellip;</title>"),
    "a title with an entity of nobody": item_of("<title>&amp;hellip; &amp;bogus;</title>"),
    "a title with an entity that is open": item_of("<title>&amp;copy 2026</title>"),
    "UTF-8 taken for Latin-1": item_of("<title>Ã©tÃ©</title><description>fÃ¼r</description>"),
    "Latin-1 that is none of it": item_of("<title>für</title>"),
    "a guid for a link": item_of(f"<guid>{PLACE}</guid>"),
    "a guid before the link": item_of(f"<guid>{PLACE}/2</guid><link>{PLACE}</link>"),
    "a guid after the link": item_of(f"<link>{PLACE}</link><guid>{PLACE}/2</guid>"),
    "a guid that is no link": item_of(f'<link>{PLACE}</link><guid isPermaLink="false"> a é </guid>'),
    "text without a teaser": item_of("<content:encoded><![CDATA[<p>a</p>&copy 1]]></content:encoded>"),
    "text before the teaser": item_of("<content:encoded>longer</content:encoded><description>short</description>"),
    "text behind the teaser": item_of("<description>longer</description><content:encoded>short</content:encoded>"),
    "an empty teaser": item_of("<description/><content:encoded>a</content:encoded>"),
    "the name of a source": item_of('<title>a</title><source url="https://wire.example/">Wire &amp; Co</source>'),
    "a source without a name": item_of("<source/><title>a</title>"),
    "a talk": item_of(f"<link>{PLACE}</link><comments>https://news.ycombinator.com/item?id=1</comments>"),
    "a date of Dublin Core": item_of("<dc:date>2026-11-17</dc:date>"),
    "two dates": item_of("<dc:date>2026-11-17</dc:date><pubDate>Tue, 17 Nov 2026 08:30:00 EST</pubDate>"),
    "an empty date and another": item_of("<dc:date>2026-11-17</dc:date><pubDate> </pubDate>"),
    "a date that cannot be": item_of("<pubDate>30 Feb 2026 08:00:00 GMT</pubDate>"),
    "what says nothing": item_of(
        "<author>a</author><dc:creator>b</dc:creator><category domain='x'>c</category><enclosure url='d'/>"
        "<media:content url='e'/><media:thumbnail url='f'/><media:credit role='g'>h</media:credit>"
        "<media:keywords>i</media:keywords><slash:comments>2</slash:comments><wfw:commentRss>j</wfw:commentRss>"
        "<post-id xmlns='com-wordpress:feed-additions:1'>9</post-id><dc:rights>k</dc:rights><title>l</title>"
    ),
    "a comment in a text": item_of("<title>a<!-- b -->c</title>"),
    "an Atom title of each type": entry_of('<title type="html">a &amp;lt; &lt;i&gt;b&lt;/i&gt;</title>' + LINK),
    "an Atom title that only looks like HTML": entry_of("<title>&lt;b&gt;a&lt;/b&gt; &amp;amp;</title>"),
    "an Atom text that is plain": entry_of('<content type="text">a &amp;copy b &lt; c</content>'),
    "an Atom text and summary": entry_of('<content type="html">a</content><summary>longer</summary>'),
    "an Atom text in a language, with a base": entry_of(
        '<content type="html" xml:lang="fr" xml:base="/x/">a</content>'
    ),
    "links of every sort": entry_of(
        f'<link rel="self" href="{PLACE}/s"/><link rel="enclosure" href="{PLACE}/e"/>'
        f'<link rel="related" href="{PLACE}/r"/>'
    ),
    "two links to pages": entry_of(f'{LINK}<link rel="alternate" type="text/html" href="{PLACE}/2" title="x"/>'),
    "a link to no page": entry_of(f'<link type="application/pdf" href="{PLACE}/p"/><id>tag:a.example,2026:1</id>'),
    "an id for a link": entry_of("<id>urn:uuid:1-2</id>"),
    "persons": entry_of(
        "<author><name>a</name><uri>/b</uri><email>c@d.example</email></author><contributor><name>e</name></contributor>"
    ),
    "a name for the prefix of another program": item_of("<title>a</title>").replace("<rss ", '<rss xmlns:q="urn:q" '),
}
ODD = {
    "an address that is relative": item_of("<link>/1</link>"),
    "an address of other characters": item_of("<link>https://news.example/é</link>"),
    "an address with a semicolon": item_of("<link>https://news.example/a;b&amp;amp;c</link>"),
    "an empty link": item_of("<link/>"),
    "two titles": item_of("<title>a</title><title>b</title>"),
    "two links": item_of(f"<link>{PLACE}</link><link>{PLACE}/2</link>"),
    "two teasers": item_of("<description>a</description><description>b</description>"),
    "two texts": item_of("<content:encoded>a</content:encoded><content:encoded>b</content:encoded>"),
    "two guids": item_of(f"<guid>{PLACE}</guid><guid>{PLACE}/2</guid>"),
    "two dates of one sort": item_of("<pubDate>2026-11-17</pubDate><pubDate>2026-11-18</pubDate>"),
    "markup in a text": item_of("<description>a<b>c</b></description>"),
    "XHTML": entry_of('<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">a</div></content>'),
    "a title with markup": item_of("<title>&lt;i&gt;a&lt;/i&gt;</title>"),
    "characters of Windows": item_of("<title>&#146;a</title>"),
    "a guid that is a link and none": item_of("<guid>12</guid>"),
    "a type that is no text": entry_of('<content type="image/png">aGk=</content>'),
    "an encoding of its own": entry_of('<title mode="base64">aGk=</title>'),
    "a text elsewhere": entry_of('<content src="https://news.example/text"/>'),
    "an element nobody knows": item_of("<x>a</x>"),
    "an element of another program": item_of("<media:title>a</media:title>"),
    "a link of Atom in RSS": item_of(f'<a:link href="{PLACE}"/>'),
    "the source of an entry": entry_of("<source><title>a</title></source>"),
    "an entry with a base": atom(f'<entry xml:base="/x/">{LINK}</entry>'),
    "an entry with an address": rss('<item href="/x"/>'),
    "a person with more": entry_of('<author><name>a</name><x xmlns="urn:x">b</x></author>'),
    "files with more": item_of("<media:content><media:title>a</media:title></media:content>"),
    "an id that is relative": entry_of("<id>1</id>"),
}


@pytest.mark.parametrize("text", SIMPLE.values(), ids=SIMPLE)
def test_entries_that_are_simple(text: str) -> None:
    assert simply(text) == list(by_feedparser(text).entries)


@pytest.mark.parametrize("text", ODD.values(), ids=ODD)
def test_entries_that_are_left_to_feedparser(text: str) -> None:
    assert simply(text) == [None]


@pytest.mark.parametrize(
    "text",
    [
        rss(item(1)).replace("xmlns:content", 'xmlns:media="urn:x" xmlns:content'),
        rss(item(1, summary="x" * simple.MOST_BYTES)),
        f'<rss xmlns="http://backend.userland.com/rss2"><channel><title>x</title>{item(1)}</channel></rss>',
    ],
    ids=["a prefix that means two things", "more than a tree is made of", "RSS in a namespace"],
)
def test_documents_that_are_left_to_feedparser(text: str) -> None:
    assert simply(text) == []


def equal_to_feedparser(text: str) -> None:
    PARSE._proven.clear()
    whole = by_feedparser(text)
    for mine, its in zip(simply(text), whole.entries, strict=False):
        assert mine is None or mine == its
    assert parse_feed(text.encode(), None, URL) == whole
    assert parse_feed(text.encode(), None, URL) == whole  # what is simple no longer read by feedparser as well


@settings(max_examples=400, deadline=None)
@given(plain_feeds())
@example(rss_of(12).decode())
def test_entries_read_as_feedparser_reads_them(text: str) -> None:
    equal_to_feedparser(text)


@settings(deadline=None)
@given(feeds())
def test_so_do_entries_of_odd_feeds(text: str) -> None:
    equal_to_feedparser(text)


def given_to_feedparser(text: str) -> int:
    """Parse a document and return how many items feedparser was given."""
    with patch.object(PARSE, "_feedparser", side_effect=PARSE._feedparser) as asked:
        document = parse_feed(text.encode(), None, URL)
    [given] = [one.args[0] for one in asked.call_args_list]
    assert document == by_feedparser(text)
    return int(given.count(b"<item><title>"))  # a blank one may stand before them


def test_feedparser_reads_the_first_entry_of_each_make_once() -> None:
    named = "<dc:date>2026-11-17</dc:date>"
    assert given_to_feedparser(rss(*(item(n) for n in range(5)))) == 1
    assert given_to_feedparser(rss(*(item(n, title="Another") for n in range(7)))) == 0
    assert given_to_feedparser(rss(item(0), item(1), item(2, extra=named), item(3, extra=named))) == 1
    elsewhere = rss(*(item(n) for n in range(5))).replace("<channel>", '<channel xml:lang="fr">')
    assert given_to_feedparser(elsewhere) == 1


def test_where_the_first_entry_of_a_make_differs_all_are_feedparsers() -> None:
    text = rss(*(item(n, title=f"Story {n}") for n in range(5)))
    read = simple.simple_entries

    def untrue(*given: object) -> list[simple.Found | None]:
        return [one and one | {"title": "Something else"} for one in read(*given)]  # type: ignore[arg-type]

    with patch.object(PARSE, "simple_entries", untrue):
        for _ in range(2):  # and nothing is taken for proven
            assert parse_feed(text.encode(), None, URL).entries == by_feedparser(text).entries


def test_feedparser_reads_what_is_not_simple() -> None:
    odd = item(3, extra="<media:title xmlns:media='http://search.yahoo.com/mrss/'>x</media:title>")
    text = rss(item(0), item(1), item(2), odd, item(4))
    assert given_to_feedparser(text) == 2
    assert given_to_feedparser(text) == 1


def test_a_fault_of_ours_costs_no_entry() -> None:
    text = rss_of(5).decode()
    with patch.object(PARSE, "simple_entries", side_effect=ZeroDivisionError):
        assert parse_feed(text.encode(), None, URL) == by_feedparser(text)


def test_the_names_that_say_nothing_have_no_part_in_what_is_read_under_any_prefix() -> None:
    """They are of programs that feedparser does not know, so their prefix can be one that it knows for another."""
    handled = {name.split("_", 2)[2].rpartition("_")[2] for name in dir(StrictFeedParser) if name.startswith("_start_")}
    assert not handled & {"post-id", "total"}


def test_the_modules_go_by_the_prefix_that_feedparser_gives_them() -> None:
    known = {uri.lower(): prefix for uri, prefix in _FeedParserMixin.namespaces.items()}
    assert {known[uri.lower()] for uri in simple._SPACES.values()} == set(simple._SPACES)
