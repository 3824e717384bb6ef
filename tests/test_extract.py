"""Extraction: what is read out of a page, and of its head."""

from datetime import UTC, datetime

import pytest
from documents import page, story
from pages import linked, meta, read

from monitor.extract.scan import without_scripts
from monitor.model import TextState


def test_the_text_is_the_article_one_paragraph_a_line() -> None:
    article = read(page())
    assert article.text.splitlines()[-8:] == story()
    assert article.text_state is TextState.FULL


@pytest.mark.parametrize("around", ["Home", "Work", "About this paper"])
def test_what_stands_around_the_article_is_left_out(around: str) -> None:
    assert around not in read(page()).text.splitlines()


def test_scripts_styles_and_comments_are_not_text() -> None:
    noise = "<script>let a = '<p>no</p>'</script><style>p {}</style><!-- <p>no</p> -->"
    assert read(page(before=noise, after=noise)).text == read(page()).text


def test_comments_of_readers_are_left_out() -> None:
    comments = '<div id="comments"><div class="comment"><p>I always said so, and nobody listened.</p></div></div>'
    assert "always said so" not in read(page(after=comments)).text


def test_a_short_article_is_an_article() -> None:
    assert read(page(story(1))).text.endswith(story(1)[0])


def test_text_in_one_block_is_kept_although_it_is_no_paragraph() -> None:
    text = " ".join(story(4))
    assert text in read(f"<html><body><div>{text}</div></body></html>").text.replace("\n", " ")


HIDDEN = {
    "comment": ("a<!-- b -->c", "ac"),
    "open comment": ("a<!-- b", "a<!-- b"),
    "script": ("a<script>b</script>c", "ac"),
    "script in capitals": ("a<SCRIPT src='x'>b</SCRIPT >c", "ac"),
    "open script": ("a<script>b", "a<script>b"),
    "linked data": ('<script type="application/ld+json">b</script>', '<script type="application/ld+json">b</script>'),
    "drawing": ("a<svg><path/></svg>c", "ac"),
    "a tag that begins alike": ("a<scripture>b</scripture>", "a<scripture>b</scripture>"),
}


@pytest.mark.parametrize(("html", "visible"), HIDDEN.values(), ids=HIDDEN)
def test_what_no_reader_sees_is_cut_out(html: str, visible: str) -> None:
    assert without_scripts(html) == visible


# --- head --------------------------------------------------------------------------------------------------

TITLES = {
    "open graph": (meta("og:title", "From the &amp; head"), "From the & head"),
    "linked data": (linked('{"headline": "From the data"}'), "From the data"),
    "the heading": ("", "Quillmark cuts roles"),
}


@pytest.mark.parametrize(("head", "title"), TITLES.values(), ids=TITLES)
def test_the_title_is_the_pages_own_word(head: str, title: str) -> None:
    assert read(page(head=head)).title == title


def test_the_title_element_stands_in_for_a_heading() -> None:
    html = page().replace("<h1>", "<p>").replace("</h1>", "</p>")
    assert read(html).title == "Quillmark cuts roles - Harbour Times"


MOMENT = datetime(2026, 11, 17, 7, 30, tzinfo=UTC)
DATES = {
    "article tag": (meta("article:published_time", "2026-11-17T08:30:00+01:00"), MOMENT),
    "itemprop": ('<meta itemprop="datePublished" content="2026-11-17T07:30:00Z">', MOMENT),
    "plain name": ('<meta name="date" content="2026-11-17">', datetime(2026, 11, 17, tzinfo=UTC)),
    "mail form": ('<meta name="pubdate" content="Tue, 17 Nov 2026 08:30:00 +0100">', MOMENT),
    "linked data": (linked('{"@graph": [{"datePublished": "2026-11-17T07:30:00Z"}]}'), MOMENT),
    "data with raw line ends": (linked('{"a": "x\ny", "datePublished": "2026-11-17T07:30:00Z"}'), MOMENT),
    "broken data": (linked('{"datePublished": "2026-'), None),
    "deep data": (linked("[" * 5_000), None),
    "impossible": (meta("article:published_time", "2026-02-30"), None),
    "words": (meta("article:published_time", "last week"), None),
    "none": ("", None),
}


@pytest.mark.parametrize(("head", "moment"), DATES.values(), ids=DATES)
def test_the_date_is_read_from_tags_and_linked_data(head: str, moment: datetime | None) -> None:
    assert read(page(head=head)).published_at == moment


def test_the_date_of_a_marked_time_element_counts() -> None:
    marked = '<time itemprop="datePublished" datetime="2026-11-17T07:30:00Z">today</time>'
    assert read(page(before=marked)).published_at == MOMENT


AUTHORS = {
    "name": ('<meta name="author" content="Ada Quill">', "Ada Quill"),
    "a profile's address is no name": (meta("article:author", "https://paper.example/ada"), None),
    "linked person": (linked('{"author": {"name": "Ada Quill"}}'), "Ada Quill"),
    "linked list": (linked('{"author": [{"name": "Ada Quill"}, {"name": "B"}]}'), "Ada Quill"),
    "linked words": (linked('{"author": "Ada Quill"}'), "Ada Quill"),
    "linked number": (linked('{"author": 7}'), None),
}


@pytest.mark.parametrize(("head", "author"), AUTHORS.values(), ids=AUTHORS)
def test_the_author_is_read(head: str, author: str | None) -> None:
    assert read(page(head=head)).author == author


SITES = {
    "open graph": (meta("og:site_name", "Harbour Times"), "Harbour Times"),
    "linked publisher": (linked('{"publisher": {"name": "Harbour Times"}}'), "Harbour Times"),
    "none": ("", None),
}


@pytest.mark.parametrize(("head", "site"), SITES.values(), ids=SITES)
def test_the_site_is_read(head: str, site: str | None) -> None:
    assert read(page(head=head)).site == site


CANONICALS = {
    "link": ('<link rel="canonical" href="/story">', "https://paper.example/story"),
    "among others": ('<link rel="alternate Canonical" href="https://b.example/">', "https://b.example/"),
    "open graph": (meta("og:url", "https://paper.example/og"), "https://paper.example/og"),
    "script": ('<link rel="canonical" href="javascript:alert(1)">', None),
    "none": ("", None),
}


@pytest.mark.parametrize(("head", "url"), CANONICALS.values(), ids=CANONICALS)
def test_the_canonical_address_is_one_of_the_web(head: str, url: str | None) -> None:
    assert read(page(head=head)).canonical_url == url


LANGUAGES = [("en-GB", "en"), ("DE", "de"), ("pt_BR", "pt"), ("", None), ("english", None), ("x-default", None)]


@pytest.mark.parametrize(("stated", "language"), LANGUAGES)
def test_the_language_is_two_letters(stated: str, language: str | None) -> None:
    assert read(page().replace("en-GB", stated)).language == language
