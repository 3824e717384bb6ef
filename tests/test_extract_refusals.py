"""Extraction of odd pages: encodings, and what is refused under which name."""

import warnings
from typing import Any

import pytest
from documents import nested_page, page, story
from hypothesis import given, settings
from hypothesis import strategies as st
from pages import end_of, meta, read, refusal

from monitor.extract.scan import decoded
from monitor.model import Extracted, Reason

WORDS = {
    "utf-8": "Zürich — 日本語 😀", "utf-8-sig": "Zürich — 日本語 😀", "utf-16": "Zürich — 日本語 😀",
    "utf-16-le": "Zürich — 日本語 😀", "utf-16-be": "Zürich — 日本語 😀", "iso-8859-1": "Zürich",
    "windows-1252": "Zürich — “a”", "windows-1251": "Цюрих", "koi8-r": "Цюрих", "shift_jis": "日本語",
    "gb18030": "苏黎世", "big5": "蘇黎世",
}  # fmt: skip


@pytest.mark.parametrize("encoding", WORDS)
def test_an_encoding_the_server_names_is_read(encoding: str) -> None:
    html = page(head=meta("og:title", WORDS[encoding]))
    assert read(html.encode(encoding), f"text/html; charset={encoding}").title == WORDS[encoding]


@pytest.mark.parametrize("encoding", ["iso-8859-1", "windows-1251", "koi8-r", "shift_jis", "gb18030", "big5"])
def test_an_encoding_the_page_names_is_read(encoding: str) -> None:
    html = page(head=f'<meta charset="{encoding}">{meta("og:title", WORDS[encoding])}')
    assert read(html.encode(encoding)).title == WORDS[encoding]


@pytest.mark.parametrize("declared", ["utf-8", "iso-8859-1", "utf-16", "punycode", "unicode_escape", "no-such"])
@pytest.mark.parametrize("encoding", WORDS)
def test_a_lying_declaration_never_crashes(encoding: str, declared: str) -> None:
    html = page(head=f'<meta charset="{declared}">{meta("og:title", WORDS[encoding])}')
    end = end_of(html.encode(encoding), f"text/html; charset={declared}")
    assert isinstance(end, Extracted)
    assert end.text.endswith(story()[-1])


def test_valid_utf8_wins_over_a_server_that_calls_it_latin() -> None:
    assert decoded("Zürich".encode(), "text/html; charset=iso-8859-1") == "Zürich"


@given(st.binary(max_size=300), st.sampled_from([None, "text/html", "text/html; charset=utf-7", "text/plain"]))
@settings(max_examples=60, deadline=None)
def test_no_bytes_raise_anything_but_a_refusal(body: bytes, content_type: str | None) -> None:
    assert isinstance(end_of(b"<html><p>" + body, content_type), Extracted | Reason)


UNSUPPORTED: dict[str, tuple[bytes, str | None]] = {
    "PDF": (b"%PDF-1.7\n1 0 obj", "text/html"),
    "zip": (b"PK\x03\x04rest", "text/html"),
    "gzip": (b"\x1f\x8b\x08\x00rest", None),
    "PNG": (b"\x89PNG\r\n\x1a\n", "text/html"),
    "JPEG": (b"\xff\xd8\xff\xe0", "image/jpeg"),
    "video": (b"\x00\x00\x00\x18ftypmp42", "text/html"),
    "zeros": (b"text\0\0\0\0" * 20, "text/html"),
    "JSON": (b'{"a": 1}', "application/json"),
    "drawing": (b"<svg xmlns='x'></svg>", "image/svg+xml"),
    "feed": (b'<?xml version="1.0"?>\n<rss version="2.0"><channel>', "text/xml"),
    "Atom called a page": (b'<feed xmlns="http://www.w3.org/2005/Atom"><title>Desk</title>', "text/html"),
    "JSON Feed": (b'{"version": "https://jsonfeed.org/version/1.1", "items": []}', "application/feed+json"),
    "plain JSON called a page": (b' \n{"story": "Quillmark cuts roles"}', "text/html; charset=utf-8"),
    "a list in JSON called nothing": (b'[{"id": 1}, {"id": 2}]', None),
    "a map of a site": (
        b'<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">',
        "text/xml",
    ),
}


@pytest.mark.parametrize(("body", "content_type"), UNSUPPORTED.values(), ids=UNSUPPORTED)
def test_what_is_no_page_by_its_bytes_is_unsupported(body: bytes, content_type: str | None) -> None:
    assert refusal(body, content_type) is Reason.UNSUPPORTED_TYPE


@pytest.mark.parametrize("content_type", ["application/json", "image/png", "application/octet-stream", None, ""])
def test_a_page_under_a_wrong_name_is_read(content_type: str | None) -> None:
    assert read(page().encode(), content_type).text


EMPTY = ["", "   ", "<html></html>", "<html><body><p>Hello.</p></body></html>", "<", "<!-- x -->"]


@pytest.mark.parametrize("html", EMPTY)
def test_a_page_without_an_article_is_empty(html: str) -> None:
    assert refusal(html) is Reason.EXTRACT_EMPTY


def test_a_page_of_more_than_five_mebibytes_is_too_complex() -> None:
    assert refusal(b"<html>" + b" " * (5 << 20)) is Reason.TOO_COMPLEX


def test_text_that_the_parser_dropped_for_its_depth_is_reported() -> None:
    """Cells and options close themselves, so the scan does not count them; libxml2 nests them and gives up."""
    html = "<html><body>" + "<option><td>" * 600 + "word " * 2_000
    assert refusal(html) is Reason.TEXT_DROPPED


def test_markup_inside_an_attribute_is_no_text_that_was_dropped() -> None:
    words = "word &lt;b&gt; <i>and</i> more " * 400
    assert read(page(before=f"<div data-texts='{words}'></div>")).text.endswith(story()[-1])


def test_controls_and_halves_of_characters_leave_no_trace() -> None:
    article = read(page([*story(), "An\0other\x07 de\x1bsk closes in the year to come, and nobody is told why."]))
    assert article.text.splitlines()[-1] == "Another desk closes in the year to come, and nobody is told why."


def test_text_nested_as_deep_as_allowed_is_kept() -> None:
    text = " ".join(story())
    assert text in read(nested_page(190, text)).text


def test_reading_a_page_warns_of_nothing(caplog: Any) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        refusal("<html><body></body></html>")
    assert caplog.records == []
