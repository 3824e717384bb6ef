"""Feeds of an invented gazette, for tests that look at feeds before anybody follows them."""

from datetime import UTC, datetime, timedelta
from typing import Final

HTML: Final = {"Content-Type": "text/html; charset=utf-8"}
NOW: Final = datetime(2026, 11, 20, 12, tzinfo=UTC)


def feed(title: str = "The Gazette", entries: int = 3, *, newest: datetime = NOW, every_h: float = 2) -> bytes:
    """Return an RSS feed with so many dated entries, "Title 0" the newest."""
    dates = [newest - timedelta(hours=every_h * n) for n in range(entries)]
    items = "".join(
        f"<item><title>{title} {n}</title><link>https://gazette.example/{title}/{n}</link>"
        f"<pubDate>{date:%a, %d %b %Y %H:%M:%S} GMT</pubDate></item>"
        for n, date in enumerate(dates)
    )
    return f"<rss version='2.0'><channel><title>{title}</title><ttl>60</ttl>{items}</channel></rss>".encode()


def declares(href: str, title: str = "", kind: str = "application/rss+xml") -> str:
    """Return the tag by which a page declares a feed."""
    return f'<link rel="alternate" type="{kind}" title="{title}" href="{href}">'


def page(*parts: str) -> bytes:
    """Return a web page."""
    return f"<!doctype html><html><head><title>Home</title></head><body>{''.join(parts)}</body></html>".encode()
