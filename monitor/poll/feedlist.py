"""Lists of feeds that people bring and take: plain text, one address a line, or OPML as feed readers exchange it.

Reading runs in the sandbox: a list comes from somebody else.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from html import escape
from io import BytesIO
from typing import Any, Final
from urllib.parse import urlsplit
from xml.sax.saxutils import quoteattr

from monitor.errors import UsageError
from monitor.identity import canonical_url, clean_text
from monitor.poll.markup import one_line, plain

MAX_OPML_BYTES: Final = 5 << 20
MAX_OPML_DEPTH: Final = 20
MAX_OPML_FEEDS: Final = 5_000  # of a foreign list; an operator can lift it

_NO_ADDRESS: Final = re.compile(r"[\s\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_NOT_IN_XML: Final = {0xFFFE: None, 0xFFFF: None}  # XML 1.0 section 2.2; clean_text drops the other ones
_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:(?![0-9])")  # a port follows a host
_REMARK: Final = re.compile(r"\s#.*")
_LONGEST_SHOWN: Final = 200  # characters of an address that is none


@dataclass(frozen=True, slots=True)
class FeedListing:
    """One feed of a list: its address, the name the list gives it, and where it stands there."""

    url: str
    title: str | None = None
    place: str = ""  # "line 3", "outline 17"


@dataclass(frozen=True, slots=True)
class BadListing:
    """What a list gives for the address of a feed and is none."""

    place: str
    url: str  # as given, without control characters, at most 200 characters
    reason: str


@dataclass(frozen=True, slots=True)
class FeedList:
    """What a list holds, in its order."""

    feeds: tuple[FeedListing, ...]  # each address once
    refused: tuple[BadListing, ...] = ()
    repeated: tuple[str, ...] = ()  # addresses that came again, in whatever spelling


def address_meant(text: str) -> str:
    """Return the address a person means: `https://` before a bare host, `feed:` taken off, no fragment.

    What has another scheme, or nothing at all, stays as it is. Whether it may be asked for is the gate's to say.
    """
    url = re.sub(r"\Afeed:(?://)?(?=https?://)", "", text.strip(), flags=re.IGNORECASE)
    url = re.sub(r"\Afeed://", "https://", url, flags=re.IGNORECASE).partition("#")[0]
    return url if not url or _SCHEME.match(url) else f"https://{url}"


def read_feed_list(body: bytes, max_opml_feeds: int | None = MAX_OPML_FEEDS) -> FeedList:
    """Return the feeds of a list and what in it is no address of one.

    In a plain list blank lines, those that start with `#`, and what follows a `#` behind white space are skipped; its
    addresses are taken as they are meant. Raises UsageError for what is no list at
    all: OPML that is not well-formed, has a DTD or entities, nests too deep, or is too large.
    """
    is_xml = body[:256].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").startswith(b"<")
    found: dict[str, FeedListing] = {}
    refused: list[BadListing] = []
    repeated: list[str] = []
    for listing in _opml(body, max_opml_feeds) if is_xml else _plain_list(body):
        if isinstance(listing, BadListing):
            refused.append(listing)
        elif found.setdefault(canonical_url(listing.url), listing) is not listing:
            repeated.append(listing.url)
    return FeedList(tuple(found.values()), tuple(refused), tuple(repeated))


def write_opml(feeds: Iterable[FeedListing], now: datetime) -> str:
    """Return a list of feeds as OPML 2.0 (opml.org/spec2), which `read_feed_list` reads back as it was.

    A title that would be taken for markup is written as HTML, which OPML has in its titles.
    """
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<opml version="2.0">',
        f"<head><title>Feeds</title><dateCreated>{format_datetime(now)}</dateCreated></head>",
        "<body>",
    ]
    for feed in feeds:
        title = one_line(feed.title or "").translate(_NOT_IN_XML)
        words = title or feed.url
        shown = quoteattr(words if one_line(plain(words)) == words else escape(words, quote=False))
        named = f"text={shown} title={shown}" if title else f"text={shown}"
        lines.append(f'<outline type="rss" {named} xmlUrl={quoteattr(feed.url)}/>')
    return "\n".join([*lines, "</body>", "</opml>", ""])


def _plain_list(body: bytes) -> Iterator[FeedListing | BadListing]:
    if b"\0" in body:
        raise UsageError("it is neither OPML nor text in UTF-8; write one feed address a line")
    for number, line in enumerate(body.removeprefix(b"\xef\xbb\xbf").splitlines(), start=1):
        place = f"line {number}"
        try:
            text = line.decode().strip()
        except UnicodeDecodeError:
            reason = "not UTF-8 text; write one feed address a line"
            yield BadListing(place, clean_text(line[:_LONGEST_SHOWN].decode("utf-8", "replace")), reason)
            continue
        if text and not text.startswith("#"):
            yield _listing(address_meant(_REMARK.sub("", text)), None, place, given=text)


def _opml(body: bytes, max_feeds: int | None) -> Iterator[FeedListing | BadListing]:
    if len(body) > MAX_OPML_BYTES:
        raise UsageError(f"the OPML file has {len(body)} bytes; at most {MAX_OPML_BYTES} are read")
    count = 0
    for number, outline in enumerate(_outlines(body), start=1):
        given = {name.lower(): value for name, value in outline.items()}  # who writes them spells them in many ways
        address = given.get("xmlurl", "").strip()
        if not address:
            continue  # a folder
        if address.lower().startswith("feed:"):
            address = address_meant(address)
        count += 1
        if max_feeds is not None and count > max_feeds:
            raise UsageError(f"the OPML file lists more than {max_feeds} feeds; split it, or allow more with --yes")
        name = one_line(plain(given.get("title") or given.get("text") or ""))
        yield _listing(address, None if name == one_line(address) else name or None, f"outline {number}")


def _outlines(body: bytes) -> Iterator[Any]:
    """Give the outline elements in document order; refuses DTDs, entities and deep nesting."""
    from defusedxml import DefusedXmlException  # noqa: PLC0415  # feed workers do without it
    from defusedxml.ElementTree import ParseError, iterparse  # noqa: PLC0415  # as above

    depth = 0
    try:
        for event, element in iterparse(BytesIO(body), events=("start", "end"), forbid_dtd=True):
            depth += 1 if event == "start" else -1
            if depth > MAX_OPML_DEPTH:
                raise UsageError(f"the OPML file nests deeper than {MAX_OPML_DEPTH} levels")
            if event == "start" and element.tag == "outline":
                yield element
            elif event == "end":
                element.clear()
    except DefusedXmlException as error:
        raise UsageError("the OPML file has a DTD or entities, which are refused; remove them") from error
    except (ParseError, LookupError, ValueError) as error:
        raise UsageError(f"the OPML file is not well-formed XML: {error}") from error


def _listing(address: str, title: str | None, place: str, given: str = "") -> FeedListing | BadListing:
    """Return the listing if its address is one of http or https."""
    try:
        parts = urlsplit(address)
        sound = parts.scheme in {"http", "https"} and bool(parts.hostname) and not _NO_ADDRESS.search(address)
    except ValueError:
        sound = False
    if sound:
        return FeedListing(address, title, place)
    return BadListing(place, clean_text(given or address)[:_LONGEST_SHOWN], "not an http or https address")
