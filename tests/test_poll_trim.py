"""Only unseen entries are parsed, and only where that is provably the same as parsing all of them."""

import sys
from collections.abc import Callable
from dataclasses import replace

import pytest
from documents import ATOM, JSON_FEED, RDF, item, rss, rss_of
from feed_strategies import DC, MEDIA, XHTML, atom, entry, feeds
from feedparser.api import StrictFeedParser
from feedparser.mixin import _FeedParserMixin
from hypothesis import given
from hypothesis import strategies as st

from monitor.model import FeedDocument
from monitor.poll import parse_broken_off, parse_feed
from monitor.poll.trim import DIGEST_BYTES, MARKUP, USUAL, as_set, layout_of

DIVS, OTHER_BASE = "<div>a</div><div>b</div>", 'xml:base="https://b.example/"'
GOOGLE = "http://schemas.google.com/g/2005"
URL = "https://news.example/desk/feed.xml"


def parsed(text: str, known: bytes = b"", url: str = URL) -> FeedDocument:
    return parse_feed(text.encode(), None, url, known)


def single(digests: bytes) -> list[bytes]:
    return [digests[at : at + DIGEST_BYTES] for at in range(0, len(digests), DIGEST_BYTES)]


def titles(document: FeedDocument) -> list[str]:
    return [one.title for one in document.entries]


THREE = [item(n, title=f"Story {n}") for n in (1, 2, 3)]


def test_a_document_comes_with_a_digest_for_each_entry_in_its_order() -> None:
    digests = single(parsed(rss(*THREE)).digests)
    assert len(set(digests)) == 3
    assert single(parsed(rss(*THREE[1:], THREE[0])).digests) == [*digests[1:], digests[0]]


def test_entries_alike_byte_for_byte_share_one_digest_and_are_all_given() -> None:
    document = parsed(rss(THREE[0], THREE[0], THREE[1]))
    assert (len(document.entries), len(single(document.digests))) == (3, 2)
    rest = parsed(rss(THREE[0], THREE[0], THREE[1]), single(document.digests)[1])
    assert (titles(rest), rest.skipped) == (["Story 1", "Story 1"], 1)


def test_known_entries_are_left_out_and_counted() -> None:
    known = parsed(rss(*THREE)).digests
    document = parsed(rss(item(9, title="Story 9"), *THREE), known)
    assert (titles(document), document.skipped) == (["Story 9"], 3)
    assert single(document.digests)[1:] == single(known)


def test_a_document_of_known_entries_only_still_tells_title_and_pace() -> None:
    text = rss(*THREE, head="<ttl>90</ttl>")
    document = parsed(text)
    assert parsed(text, document.digests) == replace(document, entries=(), skipped=3)


def test_a_document_without_a_title_that_holds_known_entries_only_is_still_a_feed() -> None:
    text = rss(*THREE, title=None)
    assert parsed(text, parsed(text).digests).skipped == 3


def test_an_entry_changed_in_one_byte_is_parsed_again() -> None:
    known = parsed(rss(*THREE)).digests
    changed = [THREE[0], THREE[1].replace("takes over", "took over"), THREE[2]]
    assert titles(parsed(rss(*changed), known)) == ["Story 2"]


def test_a_head_that_says_nothing_about_entries_may_change() -> None:
    known = parsed(rss(*THREE, head="<lastBuildDate>Tue, 17 Nov 2026 08:30:00 GMT</lastBuildDate>")).digests
    document = parsed(rss(*THREE, head="<lastBuildDate>Wed, 18 Nov 2026 08:30:00 GMT</lastBuildDate>"), known)
    assert document.skipped == 3


READ_OTHERWISE: dict[str, Callable[[bytes], FeedDocument]] = {
    "another base": lambda known: parsed(atom(entry(1), root='xml:base="https://b.example/"'), known),
    "a base that was not there": lambda known: parsed(atom(entry(1), root=f'xml:base="{URL}"'), known),
    "another base of the channel": lambda known: parsed(
        rss(item(1)).replace("<channel>", '<channel xml:base="https://b.example/">'), known
    ),
    "another namespace": lambda known: parsed(atom(entry(1), root=f'xmlns:dc="{DC}"'), known),
    "another address": lambda known: parsed(atom(entry(1)), known, "https://moved.example/feed"),
    "another encoding": lambda known: parse_feed(
        b'<?xml version="1.0" encoding="hz"?>' + atom(entry(1).replace("Story", "~{Q6~}")).encode(), None, URL, known
    ),
}


@pytest.mark.parametrize("again", READ_OTHERWISE.values(), ids=READ_OTHERWISE)
def test_an_entry_that_reads_otherwise_is_parsed_again_though_its_bytes_are_the_same(
    again: Callable[[bytes], FeedDocument],
) -> None:
    known = b"".join(
        parsed(text).digests for text in (atom(entry(1)), atom(entry(1).replace("Story", "~{Q6~}")), rss(item(1)))
    )
    assert again(known).skipped == 0


@pytest.mark.parametrize("known", [b"1234567", b"12345678" * 3, b"\0" * 8])
def test_digests_of_something_else_change_nothing(known: bytes) -> None:
    assert parsed(rss(*THREE), known) == parsed(rss(*THREE))


TRIMMED = {
    "RSS": rss(*THREE),
    "Atom": atom(entry(1), entry(2)),
    "the test document": ATOM,
    "text in CDATA that looks like an entry": rss(item(1, extra="<x><![CDATA[</item><item><title>]]></x>"), item(2)),
    "a comment that looks like an entry": rss(item(1, extra="<!-- </item><item> -->"), item(2)),
    "comments between": rss(item(1), "<!-- one -->", item(2), "<!-- <item> -->"),
    "an attribute that looks like an end": rss(item(1, extra='<x a="</item>>"/>').replace("</item>>", "&lt;/item>>")),
    "XHTML": atom(entry(1, f'<content type="xhtml"><div {XHTML}><p>A <b>b</b></p></div></content>'), entry(2)),
    "markup in text that is XML": atom(
        entry(1, f'<content type="application/xml" xml:base="/b/"><div {XHTML}>A</div><div {XHTML}>B</div></content>'),
        entry(2),
    ),
    "a usual prefix on each entry": rss(item(1, extra=f'<media:thumbnail xmlns:media="{MEDIA}" url="x"/>'), item(2)),
    "a prefix of the head again": rss(item(1, extra=f'<dc:date xmlns:dc="{DC}">2026-11-17</dc:date>'), item(2)),
    "an image in the head": rss(*THREE, head="<image><url>x</url><title>y</title></image>"),
    "addresses of pictures": rss(item(1, extra='<i:image href="x"/><g:image src="x"/>'), item(2)).replace(
        "<rss ", f'<rss xmlns:i="http://www.itunes.com/dtds/podcast-1.0.dtd" xmlns:g="{GOOGLE}" '
    ),
    "an empty tag": rss("<item />", item(1), "<item a='>'/>"),
    "categories of the head": rss(
        *THREE, head="<category/><category>a</category><x:category xmlns:x='urn:x'/><category a='&gt;>'/><ttl>5</ttl>"
    ),
    "a category around the title": rss(*THREE, title=None, head="<category><title>Inner</title></category>"),
    "files with titles of their own": rss(
        item(1, extra='<m:content url="x"><m:title>y</m:title></m:content>'), item(2)
    ).replace("<rss ", f'<rss xmlns:m="{MEDIA}" '),
    "a head after which the first entry is read otherwise": rss(
        item(1, extra="<summary>a &lt;b&gt;</summary>"),
        item(2, extra="<summary>longer than that &lt;b&gt;</summary>"),
        head="<summary>a</summary><description>b</description>",
    ),
    "another encoding": '<?xml version="1.0" encoding="utf-8"?>' + rss(item(1, title="Zürich"), item(2)),
}  # fmt: skip
WHOLE = {
    "JSON": JSON_FEED,
    "RDF": RDF,
    "broken": rss(*THREE)[:-3],
    "a DTD": "<!DOCTYPE rss []>" + rss(*THREE),
    "entities of its own": '<!DOCTYPE rss [<!ENTITY a "b">]>' + rss(item(1).replace("cuts", "&a;"), item(2)),
    "an entry in an entry": rss(item(1, extra=item(2)), item(3)),
    "entries of two names": rss(item(1), "<entry><title>x</title></entry>"),
    "entries in two places": f'<rss version="2.0"><channel><title>x</title>{item(1)}</channel>{item(2)}</rss>',
    "entries under something else": rss(f"<items>{item(1)}</items>"),
    "entries before the head": rss(item(1), "<title>Late</title>"),
    "two channels": f'<rss version="2.0"><channel>{item(1)}</channel><channel>{item(2)}</channel></rss>',
    "entries behind the channel": f"<rss><channel><title>x</title></channel><more>{item(1)}</more></rss>",
    "markup that is none, in text": atom(entry(1, '<content type="xhtml"><summary>x</summary></content>'), entry(2)),
    "a title in a text": atom(entry(1, '<content type="text/html"><title>x</title></content>'), entry(2)),
    "a div in text without a type": rss(item(1).replace("</item>", f"<body>{DIVS}</body></item>"), item(2)),
    "a div in HTML that is not escaped": atom(
        entry(1, f'<content type="html" {OTHER_BASE}>{DIVS}</content>'), entry(2)
    ),
    "a div in text of two types": atom(
        entry(1, f'<a:content type="xhtml" a:type="html" {OTHER_BASE}>{DIVS}</a:content>'), entry(2),
        root='xmlns:a="http://www.w3.org/2005/Atom"',
    ),
    "a div in a text of the head": atom(
        entry(1), entry(2), head=f'<subtitle type="text/html" {OTHER_BASE}>{DIVS}</subtitle>'
    ),
    "a drawing": atom(entry(1, '<content type="xhtml"><svg/></content>'), entry(2)),
    "an image of an entry": rss(item(1, extra="<image><url>x</url></image>"), item(2)),
    "an image without the prefix": rss(item(1, extra=f'<image xmlns="{GOOGLE}" src="x"/>'), item(2)),
    "a namespace of two words": rss(item(1), item(2), head='<x xmlns="urn:a b"/>'),
    "a channel in an entry": rss(item(1, extra="<channel/>"), item(2)),
    "a prefix that means something else": rss(item(1, extra='<dc:x xmlns:dc="urn:other"/>'), item(2)),
    "an unusual prefix": rss(item(1, extra=f'<d:date xmlns:d="{DC}">2026-11-17</d:date>'), item(2)),
    "a usual prefix that the head binds otherwise": rss(
        item(1, extra=f'<media:x xmlns:media="{MEDIA}"/>'), item(2)
    ).replace("<rss ", '<rss xmlns:media="urn:x" '),
    "a head that binds a prefix twice": rss(*THREE, head='<a xmlns:q="urn:1"/><b xmlns:q="urn:2"/>'),
    "items of an unknown sort": '<rss xmlns:q="urn:q"><channel><title>x</title><q:item>1</q:item></channel></rss>',
    "no entries": rss(),
}  # fmt: skip


@pytest.mark.parametrize("known", [(), (0,), (1,), (0, 1, 2)], ids=["none", "the first", "the second", "all"])
@pytest.mark.parametrize("text", TRIMMED.values(), ids=TRIMMED)
def test_documents_that_can_be_trimmed(text: str, known: tuple[int, ...]) -> None:
    document = parsed(text)
    assert len(single(document.digests)) == len(document.entries) > 0
    assert trims_truly(text, known.__contains__)


@pytest.mark.parametrize("text", WHOLE.values(), ids=WHOLE)
def test_documents_that_are_left_whole(text: str) -> None:
    document = parsed(text)
    assert document.digests == b""
    assert parsed(text, b"12345678") == document


def trims_truly(text: str, known: Callable[[int], bool]) -> bool:
    """Tell whether the document without its known entries is the whole one without them."""
    whole = parsed(text)
    digests = single(whole.digests)
    if not digests:
        return True
    layout = layout_of(text.encode(), URL)
    assert layout is not None
    skipped = {digest for number, digest in enumerate(digests) if known(number)}
    rest = parsed(text, b"".join(skipped))
    left = [one for one, digest in zip(whole.entries, layout.digests, strict=True) if digest not in skipped]
    return rest == replace(whole, entries=tuple(left), skipped=len(whole.entries) - len(left))


@given(feeds(), st.sets(st.integers(0, 5)))
def test_what_remains_of_a_document_reads_as_in_the_whole(text: str, known: set[int]) -> None:
    assert trims_truly(text, known.__contains__)


OURS = {**TRIMMED, **WHOLE, "long": rss_of(12).decode()}


@given(st.sampled_from(sorted(OURS)), st.sets(st.integers(0, 11)))
def test_the_documents_of_these_tests_read_as_in_the_whole(name: str, known: set[int]) -> None:
    assert trims_truly(OURS[name], known.__contains__)


PARSE = sys.modules["monitor.poll.parse"]
CUT = PARSE.trimmed
NOT_AS_PROVEN = {
    "another number of entries": ("trimmed", lambda *given: replace(CUT(*given), kept=7)),
    "broken in feedparser's eyes": ("_is_broken", lambda _: True),
}


@pytest.mark.parametrize(("name", "stand_in"), NOT_AS_PROVEN.values(), ids=NOT_AS_PROVEN)
def test_a_document_read_otherwise_than_proven_is_read_whole_and_gets_no_digests(
    name: str, stand_in: Callable[..., object], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the rules promise, what feedparser made of it is looked at again."""
    known = parsed(rss(*THREE)).digests[:DIGEST_BYTES]
    monkeypatch.setattr(PARSE, name, stand_in)
    document = parsed(rss(*THREE), known)
    assert (titles(document), document.skipped, document.digests) == (["Story 1", "Story 2", "Story 3"], 0, b"")


def test_a_broken_document_that_seemed_sound_gets_no_digests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PARSE, "_is_broken", lambda _: True)
    assert parsed(rss(*THREE)).digests == b""


def test_more_entries_than_are_kept_of_one_document_are_not_told_apart() -> None:
    assert layout_of(rss("<item></item>" * 100_001).encode(), URL) is None


@pytest.mark.parametrize("cut", [-60, None], ids=["in an entry", "behind its end"])
def test_a_document_that_breaks_off_is_partial_and_has_no_digests(cut: int | None) -> None:
    document = parse_broken_off(rss(*THREE)[:cut].encode(), None, URL)
    assert (titles(document)[:2], document.digests, document.partial) == (["Story 1", "Story 2"], b"", True)


def test_markup_means_nothing_to_feedparser() -> None:
    """Else its ends would change the machine's state from within a text."""
    handled = {name.split("_", 2)[2] for name in dir(StrictFeedParser) if name.startswith(("_start_", "_end_"))}
    assert not {name for name in handled if name.rpartition("_")[2] in MARKUP}


def test_usual_prefixes_are_those_feedparser_gives_or_does_not_know() -> None:
    known = {uri.lower(): prefix for uri, prefix in _FeedParserMixin.namespaces.items()}
    assert not [(prefix, uri) for prefix, uri in USUAL if known.get(uri.lower(), prefix) != prefix]


def test_a_row_of_digests_is_a_set_of_them() -> None:
    assert as_set(b"aaaaaaaabbbbbbbbaaaaaaaa") == {b"a" * 8, b"b" * 8}
