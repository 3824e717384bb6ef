"""Lists of feeds that people bring: plain text, one address a line, or OPML from another reader."""

from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Final
from urllib.parse import urlsplit

from monitor.errors import UsageError
from monitor.identity import canonical_url, clean_text
from monitor.poll.markup import one_line, plain

MAX_OPML_BYTES: Final = 5 << 20
MAX_OPML_DEPTH: Final = 20
MAX_OPML_FEEDS: Final = 5_000  # of a foreign list; an operator can lift it


@dataclass(frozen=True, slots=True)
class FeedListing:
    """One feed of a list: its address and the name the list gives it."""

    url: str
    title: str | None = None


def read_feed_list(body: bytes, *, max_opml_feeds: int | None = MAX_OPML_FEEDS) -> list[FeedListing]:
    """Return the feeds of a list in its order, each address once.

    In a plain list blank lines and those that start with `#` are skipped. Raises UsageError that names the
    line or outline, what is wrong and what would be right; nothing of such a list is given back.
    """
    is_xml = body[:256].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").startswith(b"<")
    listings = _opml(body, max_opml_feeds) if is_xml else _plain_list(body)
    found: dict[str, FeedListing] = {}
    for listing in listings:
        found.setdefault(canonical_url(listing.url), listing)
    return list(found.values())


def _plain_list(body: bytes) -> Iterator[FeedListing]:
    for number, line in enumerate(body.removeprefix(b"\xef\xbb\xbf").splitlines(), start=1):
        try:
            text = line.decode().strip()
        except UnicodeDecodeError as error:
            raise UsageError(f"line {number}: not UTF-8 text; write one feed address a line") from error
        if text and not text.startswith("#"):
            yield FeedListing(_checked(text, f"line {number}"))


def _opml(body: bytes, max_feeds: int | None) -> Iterator[FeedListing]:
    if len(body) > MAX_OPML_BYTES:
        raise UsageError(f"the OPML file has {len(body)} bytes; at most {MAX_OPML_BYTES} are read")
    count = 0
    for number, outline in enumerate(_outlines(body), start=1):
        address = outline.get("xmlUrl") or outline.get("xmlurl") or ""
        if not address.strip():
            continue  # a folder
        count += 1
        if max_feeds is not None and count > max_feeds:
            raise UsageError(f"the OPML file lists more than {max_feeds} feeds; split it, or allow more with --yes")
        name = one_line(plain(outline.get("title") or outline.get("text") or ""))
        yield FeedListing(_checked(address.strip(), f"outline {number}"), name or None)


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


def _checked(address: str, place: str) -> str:
    """Return the address if it is one of http or https."""
    wrong = f"{place}: {clean_text(address)[:200]!r} is not an http or https address"
    try:
        parts = urlsplit(address)
    except ValueError as error:
        raise UsageError(wrong) from error
    if parts.scheme not in {"http", "https"} or not parts.hostname or any(c.isspace() for c in address):
        raise UsageError(wrong)
    return address
