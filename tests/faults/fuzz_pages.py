"""What is read of pages: targets of the fuzzer, with what each promises."""

import json
from collections.abc import Hashable
from datetime import UTC

from faults.fuzz_articles import STORY, TEXTS, URL
from faults.mutants import Target, text_of

from monitor.classify import languages
from monitor.errors import ParseError
from monitor.extract import extract, read_page
from monitor.extract.body import length, parse_tree
from monitor.extract.head import read_head
from monitor.extract.scan import check_complexity, check_type, decoded, dumb_length, sound, without_scripts
from monitor.extract.tongue import language_of
from monitor.extract.walls import Sight, wall
from monitor.identity import clean_text, web_address
from monitor.model import Extracted

MOST_WORDS = 500  # characters of a title, name or date in a head


def page(data: bytes) -> Hashable:
    """A page under the name in the first line: an article whose every field is sound, or a reason."""
    kind, _, body = data.partition(b"\n")
    try:
        article, instead = read_page(body, text_of(kind), URL)
    except ParseError as error:
        return error.reason.value
    _check_article(article, len(body))
    assert _extracted(body, text_of(kind)) in {instead, "read", "extract_empty"}
    return instead, article.title == "", len(article.text).bit_length()


def _check_article(article: Extracted, given: int) -> None:
    assert clean_text(article.text) == article.text
    assert len(article.text) <= 6 * given + 100
    for words in (article.title, article.author, article.site):
        assert words is None or (len(words) <= 12 * MOST_WORDS and clean_text(words) == words and "\n" not in words)
    for moment in (article.published_at, article.modified_at):
        assert moment is None or moment.astimezone(UTC) == moment
    assert article.canonical_url is None or web_address(article.canonical_url, "") == article.canonical_url
    assert article.language is None or (len(article.language) == 2 and article.language.islower())


def _extracted(body: bytes, kind: str) -> str:
    try:
        extract(body, kind, URL)
    except ParseError as error:
        return error.reason.value
    return "read"


def scanned(data: bytes) -> Hashable:
    """A page before any parser: text without odd characters, nothing added, or the reason why it is no page."""
    kind, _, body = data.partition(b"\n")
    try:
        check_type(body, text_of(kind))
    except ParseError as error:
        return error.reason.value
    text = decoded(body, text_of(kind))
    seen = without_scripts(text)
    html = sound(seen)
    assert len(seen) <= len(text)
    assert html.encode().decode() == html
    assert not any(character < " " and character not in "\t\n\r" for character in html)
    assert 0 <= dumb_length(html) <= len(html)
    try:
        check_complexity(html)
    except ParseError as error:
        return error.reason.value
    return text[:1], len(seen) == len(text), len(html).bit_length()


def headed(data: bytes) -> Hashable:
    """A page's own word on itself: bounded, clean, and of the right sort."""
    tree = parse_tree(sound(text_of(data)))
    if tree is None:
        return "nothing"
    assert length(tree) >= 0
    head = read_head(tree, URL)
    _check_article(Extracted(head.title, "", "full", head.language, head.published_at), 0)  # type: ignore[arg-type]  # unused
    for words in (head.title, head.site):
        assert words is None or len(words) <= MOST_WORDS
    assert head.words is None or 0 <= head.words < 10**7
    assert head.canonical_url is None or web_address(head.canonical_url, "")
    return tuple(value is None for value in (head.published_at, head.author, head.language, head.words)), head.locked


def linked(data: bytes) -> Hashable:
    """JSON-LD, whatever it says of itself."""
    return headed(b'<html><script type="application/ld+json">' + data + b"</script><p>Text</p></html>")


def walled(data: bytes) -> Hashable:
    """What is seen of a page, a block a line: an article or one of the reasons."""
    text = text_of(data)
    title, *blocks = text.split("\n")
    seen = Sight(url=URL, titles=(title,), text=text, blocks=tuple(blocks), source=text, markup=text, rooted=True)
    return wall(seen), language_of(text), languages.language_of(title, text)


LD = json.dumps(
    {
        "@type": "NewsArticle",
        "headline": "Norvik cuts 320 jobs",
        "datePublished": "2026-11-22T08:00:00Z",
        "author": [{"@type": "Person", "name": "Ida Ek"}],
        "publisher": {"name": "The Ledger"},
        "wordCount": 400,
        "isAccessibleForFree": False,
        "mainEntityOfPage": {"@id": URL},
    }
).encode()
META = (
    b'<html lang="en-GB"><head><title>Norvik cuts 320 jobs | The Ledger</title><meta property="og:title" content="N">'
    b'<meta name="author" content="By Ida Ek">'
    b'<meta property="article:published_time" content="Sun, 22 Nov 2026 08:00:00 +0100">'
    b'<link rel="canonical" href="/2026/11/22/story#top"></head><body><h1>Norvik</h1>'
    b'<time itemprop="dateModified" datetime="2026-11-23">today</time>'
    b'<script type="application/ld+json">' + LD + b"</script>"
)  # fmt: skip
PAGE = (
    META
    + b"<article>"
    + b"".join(b"<p>%s</p>" % line.encode() for line in (STORY * 2).splitlines())
    + b"</article></body></html>"
)
HTML = (
    b"<p>", b"</p>", b"<div>" * 30, b"<script>", b"</script>", b"<!--", b"-->", b"<table><tr><td>",
    b"<meta name=date content=", b"<title>", b"<h1>", b"<br>", b"<template>", b"<svg>", b"<style>", b' a="1"' * 30,
    b"<a rel=author>", b"<html lang='", b"<noscript>", b"&nbsp;", b"&#0;", b"<iframe>", b"<base href='//['>",
    b"<link rel=canonical href='http://['>", b"<?xml", b"<input type=password>", b"charset=utf-16", b"charset=hex",
    b"<div id=root></div>", b"{", b"%PDF-", b"<plaintext>",
)  # fmt: skip
JSON = (
    b"[", b"]", b"{", b"}", b",", b'"@type": "Article"', b'"@graph": [', b"null", b"1e999", b'"\\ud800"', b"[[[[",
    b'{"@id": 1}', b'"author": ', b'"wordCount": "\xd9\xa3\xd9\xa4"', b'"datePublished": "0001-01-01T00:00+14:00"',
    b'"url": "http://["', b'"inLanguage": {"a": 1}', b'"publisher": [{}]', b'"name": {"name": 1}', b"</script>",
)  # fmt: skip
PHRASES = (
    b"We value your privacy", b"Accept all cookies", b"Subscribe to continue reading", b"Log in",
    b"Just a moment...", b"Page not found", b"You need to enable JavaScript", b"2 of 4 free articles left",
    b"Already a subscriber?", b"Verify you are human", b"\xe2\x80\xa6", b"404",
)  # fmt: skip

TARGETS = (
    Target("extract.page", page, (b"text/html\n" + PAGE, b"text/html; charset=latin-1\n" + META), HTML, 1),
    Target("extract.scan", scanned, (b"text/html\n" + PAGE, b"\n" + META), HTML, 8),
    Target("extract.head", headed, (META,), HTML, 4),
    Target("extract.linked", linked, (LD, b"[" + LD + b"," + LD + b"]"), JSON, 6),
    Target("extract.walls", walled, (*TEXTS, b"Log in\n" + b"\n".join(PHRASES)), PHRASES, 4),
)
