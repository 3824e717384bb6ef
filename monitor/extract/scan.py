"""What a page is and how much of it there is, found out in linear time before a parser sees it.

The bounds are those of RELIABILITY.md A1: 418 kB with 40,000 attributes in one tag cost libxml2 a minute.
"""

import re
from collections.abc import Iterator
from contextlib import suppress
from html import unescape
from typing import Final

from w3lib.encoding import html_body_declared_encoding, http_content_type_encoding

from monitor.errors import ParseError
from monitor.identity import wide_text
from monitor.model import Reason

MAX_BYTES: Final = 5 << 20
MAX_TAGS: Final = 60_000
MAX_ATTRIBUTES: Final = 1_000  # of one tag
MAX_DEPTH: Final = 200

_BINARY: Final = (
    b"%PDF-",
    b"PK\x03\x04",
    b"\x1f\x8b",
    b"\x89PNG\r\n",
    b"\xff\xd8\xff",
    b"GIF8",
    b"RIFF",
    b"OggS",
    b"ID3",
    b"\x1aE\xdf\xa3",
    b"\x00\x00\x01\x00",
    b"\xd0\xcf\x11\xe0",
    b"7z\xbc\xaf\x27\x1c",
    b"Rar!",
    b"\x7fELF",
    b"wOFF",
    b"wOF2",
)
# Codecs of Python in which no page is written, and wide ones, which are known by their bytes or not meant.
_NO_PAGE: Final = re.compile(r"utf[-_]?(?:7|16|32)|punycode|idna|(?:raw_)?unicode_escape|undefined", re.IGNORECASE)
_TEXTUAL: Final = re.compile(r"text/|application/(?:xhtml\+xml|xml|octet-stream)\Z|\Z")
_MARKUP: Final = re.compile(rb"<(?:!doctype|html|head|body|title|meta|article|div|p|h1|table)\b", re.IGNORECASE)
_FEED: Final = re.compile(
    rb"\A[^<]*(?:<\?[^>]*>\s*|<!--.*?-->\s*)*<(?:rss|feed|rdf:RDF|urlset|sitemapindex)\b", re.DOTALL
)
_JSON: Final = re.compile(rb"\s*(?:\{\s*[\"}]|\[\s*[\[{\"\]\d])")

_ELEMENTS: Final = ("script", "style", "svg", "template")
_ANY_CASE: Final = re.IGNORECASE | re.ASCII  # without which each character is looked up in all of Unicode
_HIDDEN: Final = re.compile(rf"<(?:!--|({'|'.join(_ELEMENTS)})\b)", _ANY_CASE)
_CLOSING: Final = {name: re.compile(rf"</{name}\b[^>]*>", _ANY_CASE) for name in _ELEMENTS}
_CONTROLS: Final = bytes(code for code in (*range(32), 127) if code not in b"\t\n\r")
_NO_REFERENCE: Final = re.compile(
    r"&#(?:0*(?:[1-8]|1[124-9]|2[0-9]|3[01]|6553[45])(?![0-9])"
    r"|x0*(?:[1-8bcef]|1[0-9a-f]|fff[ef])(?![0-9a-f]));?",
    re.IGNORECASE,
)
_TAG: Final = re.compile(r"<(/?[a-zA-Z][a-zA-Z0-9:-]*)")
_LONG_TAG: Final = re.compile(rf"<[^<]{{{2 * MAX_ATTRIBUTES},}}")
_ATTRIBUTE: Final = re.compile(r"""[^\s"'=<>/]+(?:\s*=\s*(?:"[^"]*"|'[^']*'|[^\s"'>]+))?""")
_TEXT: Final = re.compile(r">([^<]+)")
# Never nest: without content, or closed by the next of their kind.
_SINGLE: Final = """
    area base br col embed hr img input link meta param source track wbr
    p li td th tr dt dd option optgroup thead tbody tfoot colgroup body html head rp rt
    """.split()  # noqa: SIM905  # a list of words reads better without quotes
_FLAT: Final = frozenset(_SINGLE) | {f"/{name}" for name in _SINGLE}


def check_type(body: bytes, content_type: str | None) -> None:
    """Return if a body can be a page; raise ParseError for nothing at all, and for what is no HTML by its bytes.

    What the server calls it only decides where the bytes do not.
    """
    if not body.strip():
        raise ParseError(Reason.EXTRACT_EMPTY, "the page is empty")
    start = body[:1024]
    named = (content_type or "").partition(";")[0].strip().lower()
    if start.startswith(_BINARY) or start[4:8] == b"ftyp":
        raise ParseError(Reason.UNSUPPORTED_TYPE, f"a binary file, called {named or 'nothing'}")
    if b"\0" in start and wide_text(start) is None:
        raise ParseError(Reason.UNSUPPORTED_TYPE, f"binary data, called {named or 'nothing'}")
    if _FEED.match(start):
        raise ParseError(Reason.UNSUPPORTED_TYPE, "a feed or a map of a site, not a page")
    if _JSON.match(start) and not _MARKUP.search(start):
        raise ParseError(Reason.UNSUPPORTED_TYPE, f"JSON, called {named or 'nothing'}")
    if not _TEXTUAL.match(named) and not _MARKUP.search(start):
        raise ParseError(Reason.UNSUPPORTED_TYPE, f"not a page, called {named}")
    if len(body) > MAX_BYTES:
        raise ParseError(Reason.TOO_COMPLEX, f"{len(body)} bytes, at most {MAX_BYTES}")


def decoded(body: bytes, content_type: str | None) -> str:
    """Return the page as text: UTF-16 by its marks, UTF-8 where it is valid, else as the server or the page says.

    Valid UTF-8 beyond ASCII is never an accident; servers that call it Latin-1 are many. What no declaration
    explains is read as windows-1252, undecodable bytes become U+FFFD.
    """
    text = wide_text(body)
    if text is not None:
        return text
    try:
        if not body.isascii():
            return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    for name in (http_content_type_encoding(content_type), html_body_declared_encoding(body)):
        if name and not _NO_PAGE.match(name):
            with suppress(LookupError):  # some of Python's codecs turn bytes into bytes
                return body.decode(name, "replace")
    return body.decode("cp1252", "replace")


def without_scripts(html: str) -> str:
    """Return the page without comments, scripts (but JSON-LD), styles and drawings: 40 % of an average one is left.

    An element that is never closed is left alone, and looked for only once.
    """
    return "".join(_visible(html))


def _visible(html: str) -> Iterator[str]:
    position = 0
    unclosed: set[str] = set()
    while hidden := _HIDDEN.search(html, position):
        start, name = hidden.start(), (hidden[1] or "--").lower()
        end = -1 if name in unclosed else _end_of(html, name, hidden.end())
        if end < 0:
            unclosed.add(name)
        keep = end < 0 or "ld+json" in html[start : start + 200]
        stop = hidden.end() if end < 0 else end
        yield html[position : stop if keep else start]
        position = stop
    yield html[position:]


def _end_of(html: str, name: str, position: int) -> int:
    if name == "--":
        end = html.find("-->", position)
        return end if end < 0 else end + 3
    closing = _CLOSING[name].search(html, position)
    return -1 if closing is None else closing.end()


def sound(html: str) -> str:
    """Return a page without control characters but tabs and line ends, and without lone surrogates.

    Nor with references to such characters. Only what a parser stumbles over: trafilatura raises where lxml reads one
    (November 2026). What is read out of the page goes through `clean_text` as a whole.
    """
    html = html.replace("\ufffe", "").replace("\uffff", "")  # no characters: XML 1.0, section 2.2
    plain = html.encode("utf-8", "replace").translate(None, _CONTROLS).decode()
    return _NO_REFERENCE.sub(" ", plain)


def check_complexity(html: str) -> None:
    """Return if a page has few enough tags, attributes and levels; raise ParseError `too_complex` if not."""
    tags = _TAG.findall(html)
    steps = {tag: 0 if tag.lower() in _FLAT else -1 if tag[0] == "/" else 1 for tag in set(tags)}
    depth = 0
    for step in map(steps.__getitem__, tags):
        depth += step
        if depth < 0:
            depth = 0
        elif depth > MAX_DEPTH:
            raise ParseError(Reason.TOO_COMPLEX, f"elements nested deeper than {MAX_DEPTH}")
    if len(tags) > MAX_TAGS and sum(tag[0] != "/" for tag in tags) > MAX_TAGS:
        raise ParseError(Reason.TOO_COMPLEX, f"more than {MAX_TAGS} elements")
    for piece in _LONG_TAG.finditer(html):
        if _attributes(piece[0]) > MAX_ATTRIBUTES:
            raise ParseError(Reason.TOO_COMPLEX, f"more than {MAX_ATTRIBUTES} attributes in one tag")


def dumb_length(html: str) -> int:
    """Return how many characters but blanks stand outside tags, with no idea of structure."""
    return sum(map(len, unescape(" ".join(_TEXT.findall(html))).split()))


def _attributes(piece: str) -> int:
    """Return how many attributes there can be between `<` and the last `>` before the next `<`."""
    return sum(1 for _ in _ATTRIBUTE.finditer(piece, 0, max(piece.rfind(">"), 0)))
