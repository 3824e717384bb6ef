"""Where a text or address is of the usual kind a short way is taken; it ends where the long one does."""

import re
from html import unescape
from urllib.parse import urljoin, urlsplit

from hypothesis import given, settings
from hypothesis import strategies as st
from w3lib.url import canonicalize_url

from monitor import identity
from monitor.identity import (
    canonical_url,
    clean_text,
    content_hash,
    host_key,
    is_simple_address,
    tidy_text,
    web_address,
)
from monitor.poll import markup

BASES = st.sampled_from(
    ["https://news.example/a/b?c", "http://other.example:8080", "https://news.example/x/../;p#f", ""]
)
PIECES = st.sampled_from(
    [
        "<p>",
        "</p>",
        "<P CLASS='a'>",
        '<a href="x>y">',
        "<a title='it\"s'>",
        '<a b="c\'d">',
        "<br/>",
        "<br",
        "</",
        "</>",
        "<",
        "< ",
        ">",
        "<!-- c -->",
        "<!--",
        "-->",
        "<!x>",
        "<?x?>",
        "<script>",
        "</script>",
        "<sTyle a>",
        "<svg/>",
        "<x:y>",
        "<b\n>",
        "<1>",
        "<é>",
        "&lt;p&gt;",
        "&amp;",
        "&nbsp;",
        "'",
        '"',
        "words ",
        "\n",
        "\t \u00a0",
        "\x07",
        "é",
        "<h1>",
        "<li><li>",
        "<p.x>",
        '<a ="\'">',
        "</p a='>'>",
        "<title>",
        "<a 'b>c'>",
        '<a"',
    ]
)
BLANKS = st.text(st.sampled_from(" \n\t\r\v\f\x1c\x1f\x85\u00a0\u2028\u3000\u200bab<é\u0301"), max_size=30)


def test_the_short_way_of_markup_is_taken() -> None:
    assert markup._sound_words("<p a='b'>One <b>two</b></p>") == ["", "\n", "One ", "", "two", "", "", "\n", ""]
    assert not markup._sound_words("a <script>b</script>")


@settings(deadline=None)
@given(st.lists(PIECES, max_size=12))
def test_of_markup(pieces: list[str]) -> None:
    html = "".join(pieces)
    assert markup.plain(html) == tidy_text(unescape("".join(markup._words(html))))


@settings(deadline=None)
@given(st.one_of(BLANKS, st.text(), st.text(st.characters(max_codepoint=127))))
def test_of_what_is_clean_already(text: str) -> None:
    assert clean_text(text) == clean_text(f"{text}\0")  # which goes the long way


@settings(deadline=None)
@given(st.one_of(BLANKS, st.text()))
def test_of_blanks(text: str) -> None:
    single = re.sub(r"[^\S\n ][^\S\n]*| [^\S\n]+", " ", clean_text(text))
    assert tidy_text(text) == re.sub(r" ?\n[\n ]*", "\n", single).strip()


@settings(deadline=None)
@given(st.one_of(BLANKS, st.text()))
def test_tidy_text_stays_as_it_is(text: str) -> None:
    assert tidy_text(tidy_text(text)) == tidy_text(text)


@settings(deadline=None)
@given(st.from_regex(identity._CANONICAL, fullmatch=True))
def test_of_addresses_that_are_canonical(url: str) -> None:
    assert identity._without_noise(urlsplit(canonicalize_url(url))) == canonical_url(url) == url == clean_text(url)


@settings(deadline=None)
@given(st.from_regex(identity._CLEAR, fullmatch=True), st.text("/?#%&=;@:.~+'a[]\\\\ é\n\t", max_size=12))
def test_of_hosts_after_which_nothing_matters(url: str, more: str) -> None:
    for address in (url, url + more):
        assert host_key(address) == host_key(f"\0{address}") == host_key(f" {address}")  # which go the long way


@settings(deadline=None)
@given(st.one_of(BLANKS, st.text()), st.one_of(BLANKS, st.text()))
def test_of_words_whose_spacing_does_not_count(title: str, text: str) -> None:
    longer = [re.sub(r"\s+", " ", clean_text(part)).strip().casefold() for part in (title, text)]
    assert content_hash(title, text) == identity._digest("text", *longer)


@settings(deadline=None)
@given(st.from_regex(identity._SIMPLE, fullmatch=True), BASES)
def test_of_addresses_that_are_absolute(url: str, base: str) -> None:
    parts = urlsplit(urljoin(base, url))
    assert (web_address(url, base), urljoin(base, url), clean_text(url)) == (url, url, url)
    assert parts.scheme in {"http", "https"}
    assert parts.hostname


@settings(deadline=None)
@given(st.text("htps:/?#[]@!$&'()*+,;=%.aA0é \n", max_size=20))
def test_only_addresses_that_stay_as_they_are_count_as_simple(tail: str) -> None:
    url = f"https://news.example{tail}"
    assert not is_simple_address(url) or (url.isascii() and ";" not in url and urljoin(url, url) == url)
