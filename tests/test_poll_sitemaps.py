"""News sitemaps are read as feeds; other sitemaps are named for what they are."""

from datetime import UTC, datetime

import pytest

from monitor.errors import ParseError
from monitor.model import FeedDocument, FeedEntry, Reason
from monitor.poll import parse_broken_off, parse_feed
from monitor.poll.sitemap import sitemaps_in

URL = "https://news.example/sitemaps/news.xml"
ROOT = (
    '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
    ' xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">'
)


def story(
    number: int = 1, *, title: str = "Roles go", date: str = "2026-11-17T08:30:00+01:00", prefix: str = "news"
) -> str:
    return (
        f"<url><loc>https://news.example/{number}?a=1&amp;b=2</loc><{prefix}:news><{prefix}:publication>"
        f"<{prefix}:name>Harbour &amp; Times</{prefix}:name><{prefix}:language>en</{prefix}:language>"
        f"</{prefix}:publication><{prefix}:publication_date>{date}</{prefix}:publication_date>"
        f"<{prefix}:title>{title}</{prefix}:title></{prefix}:news></url>"
    )


def sitemap(*stories: str, root: str = ROOT) -> str:
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{root}{"".join(stories)}</urlset>'


def parsed(text: str | bytes) -> FeedDocument:
    return parse_feed(text.encode() if isinstance(text, str) else text, "application/xml", URL)


def test_a_story_of_a_news_sitemap_is_an_entry() -> None:
    assert parsed(sitemap(story())) == FeedDocument(
        title=None,
        entries=(
            FeedEntry(
                guid=None,
                url="https://news.example/1?a=1&b=2",
                title="Roles go",
                summary="",
                published_at=datetime(2026, 11, 17, 7, 30, tzinfo=UTC),
                published_raw="2026-11-17T08:30:00+01:00",
                publisher="Harbour & Times",
            ),
        ),
    )


DATES = {
    "a day": ("2026-11-17", datetime(2026, 11, 17, tzinfo=UTC)),
    "minutes": ("2026-11-17T08:30Z", datetime(2026, 11, 17, 8, 30, tzinfo=UTC)),
    "fractions": ("2026-11-17T08:30:00.5Z", datetime(2026, 11, 17, 8, 30, 0, 500000, tzinfo=UTC)),
    "another zone": ("2026-11-17T08:30:00-05:00", datetime(2026, 11, 17, 13, 30, tzinfo=UTC)),
    "an impossible day": ("2026-02-30", None),
    "words": ("yesterday", None),
}


@pytest.mark.parametrize(("raw", "moment"), DATES.values(), ids=DATES)
def test_dates_are_those_of_w3c(raw: str, moment: datetime | None) -> None:
    (entry,) = parsed(sitemap(story(date=f" {raw}\n"))).entries
    assert (entry.published_at, entry.published_raw) == (moment, raw)


SHAPES = {
    "another prefix": sitemap(story(prefix="n"), root=ROOT.replace("xmlns:news", "xmlns:n")),
    "its namespace by https": sitemap(story(), root=ROOT.replace("http://www.google", "https://www.google")),
    "a comment and a style sheet first": '<?xml version="1.0"?><?xml-stylesheet href="x"?><!-- <rss> -->'
    + sitemap(story()).partition("?>")[2],
    "blank lines first": "\n\n" + sitemap(story()),
    "markup in the title": sitemap(story(title="<![CDATA[<b>Roles</b>\n go]]>")),
    "pages beside the story": sitemap("<url><loc>https://news.example/about</loc></url>", story()),
    "news of another sort": sitemap('<url><loc>https://news.example/2</loc><o:news xmlns:o="urn:o"/></url>', story()),
    "its images": sitemap(story().replace("</url>", '<i:image xmlns:i="urn:i"><i:loc>x</i:loc></i:image></url>')),
}


@pytest.mark.parametrize("text", SHAPES.values(), ids=SHAPES)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_stories_are_found_in_every_shape_of_a_news_sitemap(text: str, encoding: str) -> None:
    assert [entry.title for entry in parsed(text.replace("UTF-8", encoding).encode(encoding)).entries] == ["Roles go"]


def test_a_news_sitemap_of_a_quiet_paper_is_an_empty_document() -> None:
    assert parsed(sitemap()) == FeedDocument(title=None, entries=())


BROKEN = {
    "it breaks off": sitemap(story(1), story(2))[:-60],
    "a bare ampersand": sitemap(story(1), story(2).replace("&amp;", "&")),
    "a document type inside": sitemap(story(1), "<!DOCTYPE x>"),
}


@pytest.mark.parametrize("text", BROKEN.values(), ids=BROKEN)
def test_what_comes_before_a_fault_is_kept(text: str) -> None:
    document = parsed(text)
    assert ([entry.title for entry in document.entries], document.partial) == (["Roles go"], True)


def test_the_whole_stories_of_a_cut_off_sitemap_are_kept() -> None:
    document = parse_broken_off(sitemap(story(1), story(2))[:-60].encode(), None, URL)
    assert (len(document.entries), document.partial) == (1, True)


def test_no_more_stories_are_kept_than_of_any_document(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("monitor.poll.sitemap.MAX_ENTRIES", 2)
    document = parsed(sitemap(story(1), story(2), story(3)))
    assert (len(document.entries), document.partial) == (2, True)


INDEX = """<?xml version="1.0"?><sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
<sitemap><loc> https://news.example/a.xml </loc><lastmod>2026-11-17</lastmod></sitemap>
<sitemap><loc>https://news.example/b.xml?x=1&amp;y=2</loc></sitemap>
<sitemap><loc>javascript:x</loc></sitemap><sitemap/></sitemapindex>"""
PAGES = sitemap("<url><loc>https://news.example/about</loc></url>", root=ROOT.partition(" xmlns:news")[0] + ">")
ENTITIES = '<!DOCTYPE urlset [<!ENTITY a "b"><!ENTITY c "&a;&a;">]><urlset'
FILE = '<!DOCTYPE urlset [<!ENTITY c SYSTEM "/etc/hosts">]><urlset'
REFUSED = {
    "pages only": (PAGES, "a sitemap of pages"),
    "an index": (INDEX, "a sitemap index"),
    "entities": (sitemap(story(title="&c;")).replace("<urlset", ENTITIES), "broken sitemap: DTDForbidden"),
    "a file": (sitemap(story(title="&c;")).replace("<urlset", FILE), "broken sitemap: DTDForbidden"),
    "broken from the start": (sitemap("<url><loc>https://news.example/?a&b</loc></url>"), "broken sitemap: "),
}


@pytest.mark.parametrize(("text", "detail"), REFUSED.values(), ids=REFUSED)
def test_other_sitemaps_are_refused_and_called_by_their_name(text: str, detail: str) -> None:
    with pytest.raises(ParseError) as refused:
        parsed(text)
    assert refused.value.reason is Reason.NOT_A_FEED
    assert refused.value.detail.startswith(detail)


def test_an_index_gives_its_sitemaps() -> None:
    assert sitemaps_in(INDEX.encode()) == ["https://news.example/a.xml", "https://news.example/b.xml?x=1&y=2"]


@pytest.mark.parametrize("text", ["", "words", sitemap(story()), "<rss/>", '{"a": 1}'])
def test_another_document_gives_no_sitemaps(text: str) -> None:
    assert sitemaps_in(text.encode()) == []


def test_an_index_that_breaks_off_gives_what_came_before() -> None:
    assert sitemaps_in(INDEX.encode()[:200]) == ["https://news.example/a.xml"]


def test_an_index_gives_no_more_than_the_protocol_allows() -> None:
    body = "<sitemapindex>" + "<sitemap><loc>https://a.example/</loc></sitemap>" * 50_001 + "</sitemapindex>"
    assert len(sitemaps_in(body.encode())) == 50_000
