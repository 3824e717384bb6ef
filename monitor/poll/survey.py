"""What one document from the web has to offer to somebody who looks for a feed. Runs in the sandbox.

A summary instead of the document itself: fifty thousand entries need not travel back for five to be shown.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from typing import Final

from w3lib.encoding import html_to_unicode

from monitor.clock import DAY_S
from monitor.errors import ParseError
from monitor.identity import is_plausible
from monitor.model import FeedDocument, FeedEntry
from monitor.poll.dialect import OPML, PAGE, SITEMAP, SITEMAP_INDEX, dialect_of
from monitor.poll.links import FeedLink, feed_links
from monitor.poll.packed import unpacked
from monitor.poll.parse import parse_broken_off
from monitor.poll.sitemap import sitemaps_in

SHOWN: Final = 5
_OLD_SHARE: Final = 10  # one entry in ten, the oldest, is left out of the cadence: some feeds pin old stories

Parse = Callable[[bytes, str | None, str], FeedDocument]


@dataclass(frozen=True, slots=True)
class FeedSummary:
    """What there is to say of a feed's document before anybody follows it."""

    title: str | None
    entries: int
    newest: tuple[FeedEntry, ...]  # at most five, newest first; without dates the first ones
    newest_at: datetime | None
    per_day: float | None  # entries a day, by their dates; None where these do not tell
    span_s: float | None  # how long at this pace until the document is filled anew
    ttl_s: int | None
    partial: bool


@dataclass(frozen=True, slots=True)
class Survey:
    """What one document turned out to be."""

    dialect: str  # "RSS 2.0", "Atom", "JSON Feed", "news sitemap", "web page", ...
    feed: FeedSummary | None = None
    fault: str | None = None  # why what calls itself a feed is none
    links: tuple[FeedLink, ...] = ()  # feeds a page names
    sitemaps: tuple[str, ...] = ()  # what a sitemap index lists


def survey(body: bytes, content_type: str | None, url: str, parse: Parse, now: datetime) -> Survey:
    """Return what the document at `url` is and holds; never raises for what it holds.

    `parse` is `parse_feed`, or `parse_broken_off` for a document whose end did not arrive.
    """
    try:
        body = unpacked(body, whole=parse is not parse_broken_off)
    except ParseError as error:
        return Survey("gzip file", fault=str(error))
    dialect = dialect_of(body)
    if dialect == SITEMAP_INDEX:
        return Survey(dialect, sitemaps=tuple(sitemaps_in(body)))
    if dialect in {SITEMAP, OPML}:
        return Survey(dialect)
    if dialect != PAGE:
        try:
            return Survey(dialect or "feed", summary(parse(body, content_type, url), now))
        except ParseError as error:
            if dialect is not None:
                return Survey(dialect, fault=str(error))
    _, html = html_to_unicode(content_type, body)
    return Survey(PAGE, links=tuple(feed_links(html, url)))


def summary(document: FeedDocument, now: datetime) -> FeedSummary:
    """Return a feed's document in short: what is newest, and how often there is something new."""
    dated = [
        (entry.published_at, entry)
        for entry in document.entries
        if entry.published_at and is_plausible(entry.published_at, now)
    ]
    dated.sort(key=itemgetter(0), reverse=True)
    per_day = pace([moment for moment, _ in dated])
    return FeedSummary(
        title=document.title,
        entries=len(document.entries),
        newest=tuple(entry for _, entry in dated[:SHOWN]) or document.entries[:SHOWN],
        newest_at=dated[0][0] if dated else None,
        per_day=per_day,
        span_s=len(document.entries) / per_day * DAY_S if per_day else None,
        ttl_s=document.ttl_s,
        partial=document.partial,
    )


def pace(moments: Sequence[datetime]) -> float | None:
    """Return entries a day by moments of publication, newest first; None where fewer than three, or all the same."""
    kept = moments[: len(moments) - len(moments) // _OLD_SHARE]
    if len(kept) < 3:
        return None
    span_s = (kept[0] - kept[-1]).total_seconds()
    return (len(kept) - 1) / span_s * DAY_S if span_s > 0 else None
