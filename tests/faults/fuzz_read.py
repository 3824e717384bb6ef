"""What is read of pages and of the words of articles: targets of the fuzzer, with what each promises."""

import json
from collections.abc import Hashable
from datetime import UTC, date, datetime
from functools import cache

from faults.mutants import Target, text_of

from monitor.classify import languages, numbers, sentences
from monitor.classify.reading import lower
from monitor.classify.rules import RulesClassifier, load
from monitor.errors import ParseError
from monitor.extract import extract, read_page
from monitor.extract.body import length, parse_tree
from monitor.extract.head import read_head
from monitor.extract.scan import check_complexity, check_type, decoded, dumb_length, sound, without_scripts
from monitor.extract.tongue import language_of
from monitor.extract.walls import Sight, wall
from monitor.identity import clean_text, content_hash, web_address
from monitor.model import Extracted, Label, Verdict
from monitor.poll.markup import plain
from monitor.stories.sketch import likeness, sketch
from monitor.stories.copies import alike_titles, loose_address, title_key

URL = "https://news.example/2026/11/22/story"
DAY = date(2026, 11, 22)
MOST_WORDS = 500  # characters of a title, name or date in a head


@cache
def judge() -> RulesClassifier:
    """Return the rules, read once."""
    return load()


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


def cut(data: bytes) -> Hashable:
    """A text: sentences in order, verbatim, bounded, and what is compared of it is the same again."""
    text = text_of(data)
    found = sentences.split(text)
    behind = 0
    for one in found:
        assert text[one.start : one.end] == one.text == one.text.strip()
        assert one.start >= behind
        assert len(one.text) <= sentences.MAX_SENTENCE
        assert len(lower(one.text)) == len(one.text)
        behind = one.end
    assert len(found) <= sentences.MAX_SENTENCES
    assert content_hash("", f" {text} ") == content_hash("", text.upper().lower() if text.isascii() else text)
    marks = sketch(text)
    assert len(marks) in {0, 132}
    assert not marks or likeness(marks, marks) == 1
    return len(found), bool(marks), plain(text) == text


def numbered(data: bytes) -> Hashable:
    """A sentence with numbers: each a count that is there, and a share of a whole."""
    low = lower(text_of(data))
    for number in numbers.counts(low):
        assert 0 <= number.start < number.end <= len(low)
        assert number.value >= 1
        assert number.upper is None or number.upper > number.value
    for share in numbers.shares(low):
        assert 0 < share.percent <= 100
        assert low[share.start : share.end]
    vague = numbers.vague(low)
    return len(numbers.counts(low)), len(numbers.shares(low)), vague is None


def judged(data: bytes) -> Hashable:
    """An article, its title in the first line: a verdict whose every quote and figure stands in it."""
    text = text_of(data)
    title = text.partition("\n")[0]
    verdict = judge().classify(title, text, DAY)
    _check_verdict(verdict, {"title": title, "text": text})
    return verdict.label, verdict.kind, verdict.rule, verdict.facts.jobs_count is None, verdict.facts.company is None


def _check_verdict(verdict: Verdict, words: dict[str, str]) -> None:
    assert 0 <= verdict.probability <= 1
    assert bool(verdict.evidence) == (verdict.label is not Label.NONE)
    for quote in verdict.evidence:
        assert words[quote.place][quote.start : quote.end] == quote.quote
    for span in verdict.spans.values():
        assert words[span.place][span.start : span.end].strip()
    facts = verdict.facts
    assert facts.jobs_count is None or facts.jobs_count >= 1
    assert facts.share_pct is None or 0 < facts.share_pct <= 100
    assert facts.announced_on is None or isinstance(facts.announced_on, date)


def named(data: bytes) -> Hashable:
    """Names in a piece of text: each stands where it is said to stand; and titles as they are compared."""
    text = text_of(data)
    employers = judge().employers
    found, known = employers.words.find(text), employers.known(text)
    for name in found:
        assert text[name.start : name.end] == name.printed
    assert employers.canonical(employers.canonical(text)) == employers.canonical(text)
    assert all(employers.canonical(one) == one for one in known)
    assert alike_titles(text, text) or not alike_titles(text, text + " x")
    return len(known), bool(title_key(text)), loose_address(text) is None, len(found)


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
    b'<html lang="en-GB"><head><title>Norvik cuts 320 jobs | The Ledger</title><meta property="og:title" content="Norvik">'
    b'<meta name="author" content="By Ida Ek"><meta property="article:published_time" content="Sun, 22 Nov 2026 08:00:00 +0100">'
    b'<link rel="canonical" href="/2026/11/22/story#top"></head><body><h1>Norvik</h1>'
    b'<time itemprop="dateModified" datetime="2026-11-23">today</time><script type="application/ld+json">' + LD + b"</script>"
)
STORY = (
    "Norvik Bank cuts 320 jobs as AI assistant takes over customer calls\nLONDON, Nov 22 - Norvik Bank said on Monday it "
    "would lay off about 320 of its 1,400 support staff, or 23%, because an AI system now answers most calls.\n"
    "\u201cThe assistant does the work of 300 agents,\u201d said Ida Ek, chief executive of Norvik.\nLast year the bank "
    "had rehired 40 people who were replaced by a chatbot in May 2025. The cuts take effect on 1 March 2027.\n"
)
BACK = "Klarion rehires 50 agents after AI chatbot fails\nKlarion brings back up to 50 of 120 posts that it cut in favour of AI.\n"
PAGE = META + b"<article>" + b"".join(b"<p>%s</p>" % line.encode() for line in (STORY * 2).splitlines()) + b"</article></body></html>"
HTML = (
    *(b"<p>", b"</p>", b"<div>" * 30, b"<script>", b"</script>", b"<!--", b"-->", b"<table><tr><td>", b"<meta name=date content="),
    *(b"<title>", b"<h1>", b"<br>", b"<template>", b"<svg>", b"<style>", b' a="1"' * 30, b"<a rel=author>", b"<html lang='"),
    *(b"<noscript>", b"&nbsp;", b"&#0;", b"<iframe>", b"<base href='//['>", b"<link rel=canonical href='http://['>", b"<?xml"),
    *(b"<input type=password>", b"charset=utf-16", b"charset=hex", b"<div id=root></div>", b"{", b"%PDF-", b"<plaintext>"),
)
JSON = (
    *(b"[", b"]", b"{", b"}", b",", b'"@type": "Article"', b'"@graph": [', b"null", b"1e999", b'"\\ud800"', b"[[[[", b'{"@id": 1}'),
    *(b'"author": ', b'"wordCount": "\xd9\xa3\xd9\xa4"', b'"datePublished": "0001-01-01T00:00+14:00"', b'"url": "http://["'),
    *(b'"inLanguage": {"a": 1}', b'"publisher": [{}]', b'"name": {"name": 1}', b"</script>"),
)
PHRASES = (
    *(b"We value your privacy", b"Accept all cookies", b"Subscribe to continue reading", b"Log in", b"Just a moment...", b"Page not found"),
    *(b"You need to enable JavaScript", b"2 of 4 free articles left", b"Already a subscriber?", b"Verify you are human", b"\xe2\x80\xa6", b"404"),
)
NUMBERS = (
    *(b" 1,200", b" 1.200", b" 1 200", b"%", b" per cent", b" three quarters", b" out of ", b"0 in 10", b" up to", b" between"),
    *(b" and ", b" jobs", b"$", b"\xc2\xb2", "٣٤".encode(), b" million", b" hundred", b" dozens", b"k", b"-odd", b"_000", b"1e5", b" 99 in 10"),
)
WORDS = (
    *(b" cuts ", b" lays off ", b" rehires ", b" because of AI", b" AI", b" chatbot", b" may ", b" not ", b" said", b". ", b"\n", b"\n\n"),
    *(b" Norvik Bank", b" IBM", b" Klarna's", b" 320 jobs", b" 23%", b" from 3,700 to 2,000", "\u2019".encode(), b" St. ", b" Mr. A. B.", b"(NYSE: "),
    *(b" last year", b" 31 February 2026", b" by 2030", b" Tuesday", b" who ", "\u2028".encode(), b" The", b" of the", b"-", b" & ", "İ".encode()),
    *(" streicht 300 Stellen".encode(), " supprime 40 emplois à cause de l'IA".encode(), " despide a 20".encode(), " säger upp 15".encode()),
)

_TEXTS = (STORY.encode(), BACK.encode())
TARGETS = (
    Target("extract.page", page, (b"text/html\n" + PAGE, b"text/html; charset=latin-1\n" + META), HTML, 1),
    Target("extract.scan", scanned, (b"text/html\n" + PAGE, b"\n" + META), HTML, 8),
    Target("extract.head", headed, (META,), HTML, 4),
    Target("extract.linked", linked, (LD, b"[" + LD + b"," + LD + b"]"), JSON, 6),
    Target("extract.walls", walled, (*_TEXTS, b"Log in\n" + b"\n".join(PHRASES)), PHRASES, 4),
    Target("classify.sentences", cut, _TEXTS, WORDS, 6),
    Target("classify.numbers", numbered, (*_TEXTS, b"cut 1,200 to 1,500 of 3,000 jobs, 20% or one in five"), NUMBERS, 10),
    Target("classify.article", judged, _TEXTS, WORDS, 2),
    Target("classify.names", named, (*_TEXTS, URL.encode(), b"Norvik Bank of the North & Co. cuts"), WORDS, 4),
)
