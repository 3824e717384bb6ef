"""Extraction: what is read out of a page as its article."""

import re

import pytest
from documents import page, story
from hypothesis import given
from hypothesis import strategies as st
from pages import read

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
    "a tag in other letters": ("a<\u017fcript>b</\u017fcript>", "a<\u017fcript>b</\u017fcript>"),
}


@pytest.mark.parametrize(("html", "visible"), HIDDEN.values(), ids=HIDDEN)
def test_what_no_reader_sees_is_cut_out(html: str, visible: str) -> None:
    assert without_scripts(html) == visible


PIECES = ("<", ">", "</", "--", "!", " ", "script", "Style", "SVG", "template", "ld+json", "é", "\u212a", "a")
TAGS = (
    "<script>",
    "</script>",
    "<STYLE >",
    "</sTyle\n>",
    "<!--",
    "-->",
    "<svg/",
    "</svg>",
    "<template>",
    "</template>",
)


@given(st.lists(st.sampled_from(PIECES + TAGS), max_size=40).map("".join))
def test_it_is_cut_out_as_one_would_by_the_book(html: str) -> None:
    """One element after the other, each up to the first end of its kind."""
    visible, rest, unclosed = "", html, set()
    while found := re.search(r"<(?:!--|(script|style|svg|template)\b)", rest, re.IGNORECASE | re.ASCII):
        name, behind = (found[1] or "").lower(), rest[found.end() :]
        end = None if name in unclosed else re.search(rf"</{name}\b[^>]*>" if name else "-->", behind, re.IGNORECASE)
        if end is None:
            unclosed.add(name)
        cut = found.end() + end.end() if end else found.end()
        kept = end is None or "ld+json" in rest[found.start() :][:200]
        visible, rest = visible + rest[: cut if kept else found.start()], rest[cut:]
    assert without_scripts(html) == visible + rest


def test_a_page_of_which_the_first_reading_finds_little_is_read_again() -> None:
    """The fast reading takes the first `<article>` for all; here it holds a teaser, and the story stands below it."""
    paragraphs = "".join(f"<p>{words}</p>" for words in story(40))
    teaser = f"<article><p>{' '.join(story(2))}</p></article>"
    assert read(f"<html><body>{teaser}<div id='text'>{paragraphs}</div></body></html>").text.endswith(story(40)[-1])


LANGUAGES = {
    "stated": ("<html lang='de-AT'>", "de"),
    "stated as a country": ("<html lang='pt_BR'>", "pt"),
    "stated in a tag": ("<html><meta property='og:locale' content='fr_FR'>", "fr"),
    "stated in words": ("<html lang='english'>", None),
    "not stated": ("<html>", None),
    "of no country": ("<html lang='x-default'>", None),
}


@pytest.mark.parametrize(("start", "language"), LANGUAGES.values(), ids=LANGUAGES)
def test_the_stated_language_is_two_letters(start: str, language: str | None) -> None:
    names = "<p>Quillmark Norvik Harbour Tallow Reed Ferrow Corran Gorse Lorn Saltby Eastwold Ostmere.</p>" * 3
    assert read(f"{start}<body><article>{names}</article></body></html>").language == language


def test_the_words_of_a_text_tell_its_language_better_than_a_wrong_label() -> None:
    """Of 28 pages of trafilatura's evaluation set whose label and words differ, the label was wrong on 27."""
    words = "Die Werft sagte am Montag, dass die Planer nicht bleiben und dass ein Programm für sie zeichnet. " * 3
    assert read(page([words])).language == "de"
