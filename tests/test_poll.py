"""Feed documents: what is read out of one, and what is refused."""

from datetime import UTC, datetime
from itertools import product

import pytest
from documents import ATOM, JSON_FEED, RDF, item, rss
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import ParseError
from monitor.identity import entry_identity
from monitor.model import FeedDocument, FeedEntry, Reason
from monitor.poll import parse_feed
from monitor.poll.markup import plain

URL = "https://news.example/desk/feed.xml"
MORNING = datetime(2026, 11, 17, 7, 30, tzinfo=UTC)


def parsed(text: str | bytes, content_type: str | None = None) -> FeedDocument:
    return parse_feed(text.encode() if isinstance(text, str) else text, content_type, URL)


def only(text: str | bytes) -> FeedEntry:
    (entry,) = parsed(text).entries
    return entry


def test_an_rss_entry_is_read_in_plain_words() -> None:
    assert only(rss(item(1))) == FeedEntry(
        guid="id-1",
        url="https://news.example/1",
        title="Quillmark cuts 1 roles",
        summary="Its assistant takes over.",
        published_at=MORNING,
        published_raw="Tue, 17 Nov 2026 08:30:00 +0100",
    )


def test_an_atom_entry_is_read_against_its_base() -> None:
    document = parsed(ATOM)
    assert document.title == "Desk & Co"
    assert document.entries == (
        FeedEntry(
            guid="tag:news.example,2026:1",
            url="https://news.example/desk/stories/1",
            title="Fewer < more",
            summary="Back to people",
            published_at=MORNING,
            published_raw="2026-11-17T08:30:00+01:00",
            publisher="Harbour Times",
        ),
    )


def test_an_rdf_entry_is_read() -> None:
    entry = only(RDF)
    assert (entry.title, entry.url, entry.published_at) == ("Hands return", "https://news.example/1", MORNING)


@pytest.mark.parametrize("content_type", ["application/feed+json", "text/html", "application/rss+xml", None])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_json_feed_is_known_by_its_bytes(encoding: str, content_type: str | None) -> None:
    first, second = parsed(JSON_FEED.encode(encoding), content_type).entries
    assert (first.guid, first.url, first.summary) == (
        "7",
        "https://news.example/7",
        "Hired\xa0again".replace("\xa0", " "),
    )
    assert (first.published_at, second.title) == (MORNING, "")
    assert (second.url, second.summary) == ("https://other.example/8", "No title here")


TITLES = {
    "entity": ("AT&T grows", "AT&T grows"),
    "markup": ("<b>Bold</b> <i>words</i>", "Bold words"),
    "break": ("One<br>two", "One two"),
    "decoded twice": ("R&amp;D", "R&D"),
    "an element that runs": ("Roles<script>alert(1)</script> go", "Roles go"),
    "a name that is no element": ("Norvik <the bank> cuts", "Norvik <the bank> cuts"),
    "a letter after less than": ("Profit <b and loss", "Profit <b and loss"),
    "less than": ("Profit < loss", "Profit < loss"),
    "lines": ("One\n  two", "One two"),
    "control characters": ("One\x7ftwo", "Onetwo"),
}


@pytest.mark.parametrize(("title", "words"), TITLES.values(), ids=TITLES)
def test_titles_are_words_on_one_line(title: str, words: str) -> None:
    assert only(rss(item(title=title))).title == words


SUMMARIES = {
    "paragraphs": ("<p>One.</p><p>Two.</p>", "One.\nTwo."),
    "script": ("a<script>var x = '<p>';</script>b", "ab"),
    "style": ("a<style>p {}</style >b", "ab"),
    "comment": ("a<!-- <p>no</p> -->b", "ab"),
    "quoted end of tag": ('a<a title="x > y">b</a>', "ab"),
    "open quote": ('a<a title="x>b</a>c', "abc"),
    "open tag": ("a<a href=x", "a"),
    "open script": ("a<script>b", "ab"),
    "entities": ("&ldquo;a&rdquo; &#8212; &mdash;", "“a” — —"),
    "arithmetic": ("1 < 2 <3", "1 < 2 <3"),
    "list": ("<ul><li>a<li>b</ul>", "a\nb"),
}


@pytest.mark.parametrize(("html", "words"), SUMMARIES.values(), ids=SUMMARIES)
def test_summaries_are_words_one_block_a_line(html: str, words: str) -> None:
    assert plain(html) == words


@given(st.text("<>!-/\"'abps cript&;", max_size=60))
def test_no_markup_makes_the_stripper_fail(html: str) -> None:
    assert plain(html).isprintable() or "\n" in plain(html)


def test_the_longer_of_summary_and_content_is_kept() -> None:
    extra = "<content:encoded>&lt;p&gt;The whole story, told at length.&lt;/p&gt;</content:encoded>"
    assert only(rss(item(summary="A tease.", extra=extra))).summary == "The whole story, told at length."


def test_a_summary_is_cut_at_twenty_thousand_characters() -> None:
    assert len(only(rss(item(summary="word " * 10_000))).summary) == 20_000


LINKS = {
    "relative": ("../a?x=1&y=2", "https://news.example/a?x=1&y=2"),
    "script": ("javascript:alert(1)", None),
    "data": ("data:text/html,x", None),
    "file": ("file:///etc/hosts", None),
    "mail": ("mailto:desk@news.example", None),
    "space": (" https://news.example/a ", "https://news.example/a"),
    "broken": ("http://[", None),
}


@pytest.mark.parametrize(("link", "url"), LINKS.values(), ids=LINKS)
def test_links_are_absolute_addresses_of_the_web(link: str, url: str | None) -> None:
    assert only(rss(item(link=link))).url == url


def test_a_guid_that_is_a_link_stands_in_for_it() -> None:
    extra = "<guid>https://news.example/g</guid>"
    assert only(rss(item(link=None, guid=None, extra=extra))).url == "https://news.example/g"


def test_the_outlet_an_aggregator_names_is_the_publisher() -> None:
    extra = '<source url="https://harbour.example">Harbour &amp; Times</source>'
    assert only(rss(item(extra=extra))).publisher == "Harbour & Times"


DATES = {
    "mail": ("Tue, 17 Nov 2026 08:30:00 +0100", MORNING),
    "iso": ("2026-11-17T08:30:00+01:00", MORNING),
    "iso without zone": ("2026-11-17T07:30:00", MORNING),
    "named zone": ("Tue, 17 Nov 2026 02:30:00 EST", MORNING),
    "year 9999": ("9999-12-31T23:59:59Z", datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)),
    "30 February": ("Mon, 30 Feb 2026 08:30:00 GMT", None),
    "30 February, iso": ("2026-02-30T08:30:00Z", None),
    "month 13": ("2026-13-01T08:30:00Z", None),
    "year 0": ("0000-01-01T00:00:00Z", None),
    "words": ("last Tuesday", None),
    "nothing": ("", None),
}


@pytest.mark.parametrize(("raw", "moment"), DATES.values(), ids=DATES)
def test_dates_are_in_utc_or_none_and_kept_as_printed(raw: str, moment: datetime | None) -> None:
    entry = only(rss(item(date=raw)))
    assert (entry.published_at, entry.published_raw) == (moment, raw or None)


TTLS = {
    "minutes": ("<ttl>90</ttl>", 5400),
    "module": ("<sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>2</sy:updateFrequency>", 1800),
    "module, no frequency": ("<sy:updatePeriod> daily </sy:updatePeriod>", 86400),
    "zero": ("<ttl>0</ttl>", None),
    "negative": ("<ttl>-5</ttl>", None),
    "words": ("<ttl>often</ttl>", None),
    "endless": (f"<ttl>{'9' * 5000}</ttl>", None),
    "other digits": ("<ttl>\u0663</ttl>", None),
    "none": ("", None),
}


@pytest.mark.parametrize(("head", "ttl_s"), TTLS.values(), ids=TTLS)
def test_the_publishers_pace_is_read(head: str, ttl_s: int | None) -> None:
    assert parsed(rss(item(), head=head)).ttl_s == ttl_s


@pytest.mark.parametrize(
    ("guid", "link", "date", "title"), list(product(("id-{number}", None), ("https://news.example/{number}", None),
                                                   ("Tue, 17 Nov 2026 08:30:00 +0100", None), ("Roles go", None)))
)  # fmt: skip
def test_entries_without_guid_link_date_or_title_are_told_apart(
    guid: str | None, link: str | None, date: str | None, title: str | None
) -> None:
    """All 16 combinations; two entries that differ in nothing but their summary are still two."""
    entries = [item(n, guid=guid, link=link, date=date, title=title, summary=f"Words {n}.") for n in (1, 2)]
    document = parsed(rss(*entries))
    assert len({entry_identity(entry) for entry in document.entries}) == 2
    assert {bool(entry.published_at) for entry in document.entries} == {date is not None}


@pytest.mark.parametrize("content_type", ["text/html", "text/plain; charset=us-ascii", "application/octet-stream"])
def test_a_misnamed_type_or_encoding_is_no_fault_of_the_document(content_type: str) -> None:
    assert not parsed(rss(item(title="Zürich")), content_type).partial


BROKEN = {
    "cut off": rss(item(1), item(2))[:-80],
    "bare ampersand": rss(item(1)).replace("Quillmark", "A & B"),
    "undefined entity": rss(item(1)).replace("Quillmark", "&hearts;"),
    "unclosed element": rss(item(1)).replace("</title><link>", "<link>", 1),
    "undeclared prefix": rss(item(1, extra="<x:y>1</x:y>")),
}


@pytest.mark.parametrize("text", BROKEN.values(), ids=BROKEN)
def test_a_broken_document_keeps_its_entries_and_is_partial(text: str) -> None:
    document = parsed(text)
    assert document.entries
    assert document.partial


REFUSED = {
    "nothing": (b"", Reason.EMPTY_FEED),
    "blank": (b" \r\n", Reason.EMPTY_FEED),
    "a page": (b"<!doctype html><html><head><title>Hi</title></head><body><p>x</p></body></html>", Reason.NOT_A_FEED),
    "words": (b"Not found", Reason.NOT_A_FEED),
    "a file's name": (b"/etc/hosts", Reason.NOT_A_FEED),
    "an address": (b"https://news.example/feed", Reason.NOT_A_FEED),
    "no entries, no title": (rss(title=None).encode(), Reason.NOT_A_FEED),
    "binary": (bytes(range(256)) * 4, Reason.NOT_A_FEED),
    "other JSON": (b'{"error": "none"}', Reason.NOT_A_FEED),
    "broken JSON": (b'{"items": [', Reason.NOT_A_FEED),
    "deep JSON": (b'{"items":' * 50_000, Reason.NOT_A_FEED),
}


@pytest.mark.parametrize(("body", "reason"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_feed_is_refused_with_its_reason(body: bytes, reason: Reason) -> None:
    with pytest.raises(ParseError) as refused:
        parsed(body)
    assert refused.value.reason is reason


def test_a_feed_without_entries_is_a_document() -> None:
    assert parsed(rss()) == FeedDocument(title="Local news", entries=(), encoding="utf-8")


def test_entries_beyond_a_hundred_thousand_are_cut_off_and_said_so() -> None:
    entry = '{"id": "1"},'
    document = parsed('{"title": "x", "items": [' + entry * 100_000 + '{"id": "2"}]}')
    assert (len(document.entries), document.partial) == (100_000, True)
