"""The demonstration's small press and its post box: one local server with feeds, pages and a webhook receiver.

Three feeds in three dialects (RSS, Atom, JSON Feed), each answering conditional requests; a robots.txt; pages,
one of them private and one gone; and `/hook`, which keeps what is posted to it.
"""

import json
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime
from hashlib import sha256
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from types import TracebackType
from typing import Any, Final, Self

from monitor.demo.stories import Story, read_stories

FEEDS: Final = {"ledger": "/ledger/rss.xml", "wire": "/wire/atom.xml", "desk": "/desk/feed.json"}
_NAMES: Final = {"ledger": "The Daily Ledger", "wire": "Northern Wire", "desk": "Work Desk"}
_HTML: Final = "text/html; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Document:
    """One thing the server serves."""

    content_type: str
    body: bytes
    status: int = 200

    @property
    def etag(self) -> str:
        """A validator made of the body."""
        return f'"{sha256(self.body).hexdigest()[:16]}"'


@dataclass(frozen=True, slots=True)
class Received:
    """One webhook as it arrived."""

    headers: dict[str, str]
    body: bytes


def _path(story: Story) -> str:
    folder = "members" if story.page == "private" else "story"
    return f"/{folder}/{story.slug}.html"


def _page(story: Story, published: datetime) -> Document:
    text = "".join(f"<p>{escape(paragraph)}</p>" for paragraph in story.paragraphs)
    body = (
        f'<!doctype html><html lang="en"><head><title>{escape(story.title)}</title>'
        f'<meta property="og:site_name" content="{_NAMES[story.outlet]}">'
        f'<meta property="article:published_time" content="{published.isoformat()}"></head>'
        f"<body><nav><a href='/'>Home</a></nav><article><h1>{escape(story.title)}</h1>{text}</article>"
        f"<footer>Cookie settings</footer></body></html>"
    )
    return Document(_HTML, body.encode(), 404 if story.page == "missing" else 200)


def _rss(name: str, items: list[tuple[Story, str, datetime]]) -> Document:
    entries = "".join(
        f"<item><title>{escape(story.title)}</title><link>{escape(url)}</link>"
        f"<guid isPermaLink='false'>{story.slug}</guid><pubDate>{format_datetime(published)}</pubDate>"
        f"<description>{escape(story.paragraphs[0])}</description></item>"
        for story, url, published in items
    )
    body = f"<?xml version='1.0'?><rss version='2.0'><channel><title>{name}</title>{entries}</channel></rss>"
    return Document("application/rss+xml", body.encode())


def _atom(name: str, items: list[tuple[Story, str, datetime]]) -> Document:
    entries = "".join(
        f"<entry><title>{escape(story.title)}</title><link href='{escape(url)}'/><id>urn:story:{story.slug}</id>"
        f"<updated>{published.isoformat()}</updated><summary>{escape(story.paragraphs[0])}</summary></entry>"
        for story, url, published in items
    )
    body = (
        f"<?xml version='1.0'?><feed xmlns='http://www.w3.org/2005/Atom'><title>{name}</title>"
        f"<id>urn:feed:{name}</id>{entries}</feed>"
    )
    return Document("application/atom+xml", body.encode())


def _json_feed(name: str, items: list[tuple[Story, str, datetime]]) -> Document:
    body: dict[str, Any] = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": name,
        "items": [
            {
                "id": story.slug,
                "url": url,
                "title": story.title,
                "content_text": story.paragraphs[0],
                "date_published": published.isoformat(),
            }
            for story, url, published in items
        ],
    }
    return Document("application/feed+json", json.dumps(body).encode())


def documents(base: str, now: datetime, stories: Sequence[Story]) -> dict[str, Document]:
    """Return everything the press serves, by path, with dates counted back from now."""
    served = {"/robots.txt": Document("text/plain", b"User-agent: *\nDisallow: /members/\n")}
    when = {story.slug: now - timedelta(days=story.days_ago) for story in stories}
    for story in stories:
        served[_path(story)] = _page(story, when[story.slug])
    for (outlet, path), write in zip(FEEDS.items(), (_rss, _atom, _json_feed), strict=True):
        items = [
            # The second feed adds a tracker to the address, as second feeds do.
            (story, base + _path(story) + ("?utm_source=desk" if story.also_in == outlet else ""), when[story.slug])
            for story in stories
            if outlet in {story.outlet, story.also_in}
        ]
        served[path] = write(_NAMES[outlet], items)
    return served


class Press(AbstractContextManager["Press"]):
    """The server, on a free port of 127.0.0.1, in a thread of its own."""

    def __init__(self, now: datetime) -> None:
        self.received: list[Received] = []
        self.requests: list[tuple[str, int]] = []  # path and status
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.address = f"127.0.0.1:{self._server.server_port}"
        self.url = f"http://{self.address}"
        self.documents = documents(self.url, now, read_stories())
        self._thread = Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def feeds(self) -> list[str]:
        """The addresses of the three feeds."""
        return [self.url + path for path in FEEDS.values()]

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        press = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                missing = Document(_HTML, b"<p>No such page.</p>", 404)
                document = press.documents.get(self.path.partition("?")[0], missing)
                unchanged = document.status == 200 and self.headers.get("If-None-Match") == document.etag
                status = 304 if unchanged else document.status
                press.requests.append((self.path, status))
                self._answer(status, b"" if unchanged else document.body, document)

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                press.received.append(Received({k.lower(): v for k, v in self.headers.items()}, body))
                self._answer(204, b"", None)

            def _answer(self, status: int, body: bytes, document: Document | None) -> None:
                self.send_response(status)
                if document:
                    self.send_header("Content-Type", document.content_type)
                    self.send_header("ETag", document.etag)
                if status not in {204, 304}:
                    self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Say nothing: the demonstration prints what happened."""

        return Handler
