"""Sitemaps (sitemaps.org): a news sitemap is read as a feed, an index gives its sitemaps. Runs in the sandbox."""

from collections.abc import Iterator
from io import BytesIO
from typing import Any, Final

from monitor.errors import ParseError
from monitor.identity import clean_text, utc_moment, web_address
from monitor.model import FeedDocument, FeedEntry, Reason
from monitor.poll.charset import feed_text
from monitor.poll.limits import MAX_DATE, MAX_ENTRIES, MAX_TITLE
from monitor.poll.markup import one_line, plain

NEWS: Final = "google.com/schemas/sitemap-news/"  # the end of the namespace is its version, 0.9 since 2009
MAX_SITEMAPS: Final = 50_000  # sitemaps.org: of one index


def read_news_sitemap(body: bytes, content_type: str | None, base: str) -> FeedDocument:
    """Return the stories of a news sitemap, in its order; an empty one is an empty document.

    A `url` without the news elements is a page and no story: it is left out. Raises ParseError `not_a_feed` for a
    sitemap without news. One whose XML breaks off or is refused is given back as far as it goes, as `partial`.
    """
    document = feed_text(body, content_type).text
    entries: list[FeedEntry] = []
    try:
        for element in _elements(document, "url"):
            if (entry := _entry(element, base)) is not None:
                entries.append(entry)
            if len(entries) > MAX_ENTRIES:
                break
    except ParseError:
        if not entries:
            raise
        return FeedDocument(title=None, entries=tuple(entries), partial=True)
    if not entries and NEWS not in document:
        raise ParseError(Reason.NOT_A_FEED, "a sitemap of pages, without news: it has addresses but no titles")
    return FeedDocument(title=None, entries=tuple(entries[:MAX_ENTRIES]), partial=len(entries) > MAX_ENTRIES)


def sitemaps_in(body: bytes, content_type: str | None = None) -> list[str]:
    """Return the addresses of the sitemaps that a sitemap index lists, in its order; none for another document."""
    found: list[str] = []
    try:
        for element in _elements(feed_text(body, content_type).text, "sitemap"):
            address = web_address(_text(element, "loc"), "")
            if address is not None:
                found.append(address)
            if len(found) == MAX_SITEMAPS:
                break
    except ParseError:
        pass  # what came before it broke is sound
    return found


def _elements(document: str, name: str) -> Iterator[Any]:
    """Give the elements of this name below the root, each forgotten once the next is asked for.

    Raises ParseError for broken XML, and for a DTD or entities, which no sitemap needs.
    """
    from defusedxml import DefusedXmlException  # noqa: PLC0415  # most feed workers do without it
    from defusedxml.ElementTree import ParseError as XmlError  # noqa: PLC0415  # as above
    from defusedxml.ElementTree import iterparse  # noqa: PLC0415  # as above

    depth = 0
    root: Any = None
    try:
        for event, element in iterparse(
            BytesIO(document.encode("utf-8", "replace")), events=("start", "end"), forbid_dtd=True
        ):
            root = element if root is None else root
            depth += 1 if event == "start" else -1
            if event == "end" and depth == 1:
                if _local(element) == name:
                    yield element
                root.clear()
    except (DefusedXmlException, XmlError, ValueError) as error:
        raise ParseError(Reason.NOT_A_FEED, f"broken sitemap: {error}"[:300]) from error


def _entry(element: Any, base: str) -> FeedEntry | None:
    news = next((part for part in element if _local(part) == "news" and NEWS in part.tag), None)
    if news is None:
        return None
    raw = _text(news, "publication_date")
    publication = next((part for part in news if _local(part) == "publication"), None)
    return FeedEntry(
        guid=None,
        url=web_address(_text(element, "loc"), base),
        title=one_line(plain(_text(news, "title")))[:MAX_TITLE],
        summary="",
        published_at=utc_moment(raw),
        published_raw=clean_text(raw).strip()[:MAX_DATE] or None,
        publisher=None if publication is None else one_line(_text(publication, "name"))[:MAX_TITLE] or None,
    )


def _text(element: Any, name: str) -> str:
    """Return the text of the first child of this name, "" without one."""
    return next((part.text or "" for part in element if _local(part) == name), "").strip()


def _local(element: Any) -> str:
    return str(element.tag).rpartition("}")[2]
