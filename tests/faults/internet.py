"""An internet of many publishers on loopback hosts: feeds that grow at unequal rates, their pages, and hostile ones.

One server answers for all of 127.0.0.0/8, by the name of the host that is asked. One feed in twenty is hostile, and one
page in twenty. It remembers which entries were in the documents that it answered with: all of them must be found in the
ledger.
"""

import asyncio
import gzip
import os
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from random import Random
from typing import Final
from xml.sax.saxutils import escape

import documents
from faults.hostile import OK, Behaviour, Seen, deflate_bomb, drip, flood, framed, raw, reset, silence

START: Final = datetime(2026, 1, 1, tzinfo=UTC)
SLOTS: Final = 30  # entries in a document
ONE_IN: Final = 20  # feeds, and pages, that are hostile
SUBJECTS: Final = {"cut": 0.05, "near": 0.35, "other": 0.6}  # of entries: an event, near the subject, anything else

XML: Final = b"Content-Type: application/rss+xml"
HTML: Final = b"Content-Type: text/html; charset=utf-8"
PLACES: Final = ("Norvik", "Halden", "Corvid", "Quillmark", "Ostermere", "Talwen", "Solrad", "Merquin", "Brisfal")
TRADES: Final = ("Bank", "Telecom", "Insurance", "Logistics", "Software", "Media", "Retail", "Energy", "Health")
CUT: Final = (
    "{firm} is laying off {jobs} people because artificial intelligence now does their work.",
    "The company said the assistant answers two in three calls without a person.",
    "A union representative called the decision rushed and asked for talks on Monday.",
    "Those affected work in customer service and in the back office.",
)
NEAR: Final = (
    "{firm} has begun to use AI in its offices and trains its employees for it.",
    "Analysts expect that automation will change many jobs over the next years.",
    "The staff council wants a say in what the system may decide.",
    "Nobody has lost a job so far, a spokesperson said, and none is planned to.",
)
OTHER: Final = (
    "The match ended two to one after a late goal in front of {jobs} spectators.",
    "Farmers expect a good harvest of apples after the rain of the last weeks.",
    "The town council will vote on the new bridge at its next meeting.",
    "Visitors can see the paintings until the end of the month, and children enter free.",
    "The orchestra opens its season with a symphony that is rarely heard.",
)
TOLD: Final = {"cut": CUT, "near": NEAR, "other": OTHER}
TITLES: Final = {
    "cut": "{firm} cuts {jobs} jobs as AI takes over its phone service",
    "near": "{firm} trains employees for work with AI, edition {jobs}",
    "other": "Late goal, good harvest and a new bridge near {firm}, day {jobs}",
}
_SCRIPT: Final = "<script>" + "var a=[0,1,2];a.map(function(x){return x*x});" * 500 + "</script>"
_MENU: Final = (
    "<nav><ul>" + "".join(f'<li><a href="/section/{n}">Section {n}</a></li>' for n in range(60)) + "</ul></nav>"
)


def _feed(text: str) -> Behaviour:
    return raw(framed(text.encode("utf-8", "surrogatepass"), XML))


def hostile_feeds() -> Sequence[Behaviour]:
    """Return what hostile servers do in the place of a feed."""
    bomb = deflate_bomb(1024, wbits=31)
    moved = b"HTTP/1.1 302 Found\r\nLocation: /feed\r\nContent-Length: 0\r\n\r\n"
    return (
        drip(OK + XML + b"\r\n\r\n<rss>", b" ", 1.0),
        drip(OK, b"X-Drip: 1\r\n", 1.0),
        drip(b"", b"HTTP/1.1 103 Early Hints\r\n\r\n", 0.5),
        flood(OK + XML + b"\r\n\r\n", b"<item>" * 10_000),
        raw(framed(bomb, XML, b"Content-Encoding: gzip")),
        raw(framed(gzip.compress(documents.rss_of(30))[:-400], XML, b"Content-Encoding: gzip")),
        raw(b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n"),
        raw(b"HTTP/1.1 503 No\r\nRetry-After: 1200\r\nContent-Length: 0\r\n\r\n"),
        raw(b"HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n"),
        raw(os.urandom(4000)),
        raw(framed(os.urandom(200_000), XML)),
        raw(framed(documents.page(documents.story()).encode(), HTML)),
        raw(OK + XML + b"\r\nContent-Length: 10000000000\r\n\r\n"),
        raw(moved),
        raw(b""),
        silence,
        reset,
        _feed(documents.entity_bomb()),
        _feed(documents.author_bomb(60_000)),
        _feed(documents.comment_flood(40_000)),
        _feed(documents.nested_feed(20_000)),
        _feed(documents.rss("<item>" * 40_000)),
        _feed(documents.surrogate_reference()),
    )


def hostile_pages() -> Sequence[Behaviour]:
    """Return what hostile servers do in the place of a page."""
    floods = (documents.attribute_flood(40_000), documents.tag_flood(200_000), documents.break_flood(59_000),
              documents.nested_page(10_000, "word " * 2_000), documents.page(after="<!--" * 100_000))  # fmt: skip
    return (
        drip(OK + HTML + b"\r\n\r\n<p>", b"x", 1.0),
        raw(framed(deflate_bomb(1024, wbits=31), HTML, b"Content-Encoding: gzip")),
        raw(b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n"),
        raw(b"HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n"),
        raw(framed(os.urandom(100_000), b"Content-Type: application/pdf")),
        silence,
        reset,
        *(raw(framed(text.encode(), HTML)) for text in floods),
    )


@dataclass(frozen=True, slots=True)
class Entry:
    """One story of a feed."""

    feed: int
    number: int
    at: datetime
    subject: str

    def luck(self) -> Random:
        """Return what the entry draws its words from: the same at each request."""
        return Random(f"{self.feed}/{self.number}")

    def told(self, template: str) -> str:
        """Return words of its subject, about its own firm."""
        random = self.luck()
        firm = f"{random.choice(PLACES)}{random.choice('aeiou')}{self.feed} {random.choice(TRADES)}"
        return template.format(firm=firm, jobs=100 + self.number)

    @property
    def title(self) -> str:
        """Its headline."""
        return self.told(TITLES[self.subject])

    def paragraphs(self, count: int) -> list[str]:
        """Return so many paragraphs of its text."""
        random, lines = self.luck(), TOLD[self.subject]
        return [" ".join(self.told(random.choice(lines)) for _ in range(random.randint(2, 5))) for _ in range(count)]

    def page(self) -> bytes:
        """Return the page as a publisher would have it, about 50 kB."""
        text = "".join(f"<p>{escape(words)}</p>" for words in self.paragraphs(self.luck().randint(6, 20)))
        title = escape(self.title)
        return (
            f"<!doctype html><html lang='en'><head><title>{title}</title>{_SCRIPT}</head><body>{_MENU}<main><article>"
            f"<h1>{title}</h1><time datetime='{self.at.isoformat()}'></time>{text}</article></main><footer>{_MENU}"
            "</footer></body></html>"
        ).encode()


@dataclass(slots=True)
class Feed:
    """A publisher's feed: what it holds at each moment follows from its own luck."""

    number: int
    host: str
    a_day: float
    luck: Random
    subjects: Mapping[str, float]
    published: int = 0
    entries: deque[Entry] = field(default_factory=lambda: deque(maxlen=SLOTS))
    next_at: datetime = START
    shown: dict[int, float] = field(default_factory=dict)  # number of an entry -> when it was first shown
    _document: tuple[int, bytes, bytes] = (-1, b"", b"")  # of so many entries: as it is, and packed

    def begin(self, now: datetime, held: int) -> None:
        """Fill the document with so much that was published before: nothing of it is near the subject."""
        for number in range(held):
            age = timedelta(days=min(20.0, (held - number) / self.a_day))
            self.entries.append(Entry(self.number, number, now - age, "other"))
        self.published, self.next_at = held, now + self._pause()

    def publish(self, now: datetime) -> None:
        """Publish what was due up to now."""
        while self.next_at <= now:
            [subject] = self.luck.choices(list(self.subjects), list(self.subjects.values()))
            self.entries.append(Entry(self.number, self.published, self.next_at, subject))
            self.published += 1
            self.next_at += self._pause()

    def _pause(self) -> timedelta:
        return timedelta(days=self.luck.expovariate(self.a_day))

    def document(self, base: str) -> tuple[bytes, bytes]:
        """Return the document of the moment, as it is and packed."""
        if self._document[0] != self.published:
            items = "".join(
                f"<item><title>{escape(one.title)}</title><link>{base}/story/{one.number}</link>"
                f"<guid isPermaLink='false'>{self.number}/{one.number}</guid>"
                f"<pubDate>{format_datetime(one.at)}</pubDate>"
                f"<description>{escape('<p>' + '</p><p>'.join(one.paragraphs(3)) + '</p>')}</description></item>"
                for one in reversed(self.entries)
            )
            whole = documents.rss(items, title=f"Paper {self.number}").encode()
            self._document = (self.published, whole, gzip.compress(whole, 1))
        return self._document[1:]


class Internet:
    """All feeds, and the answer to each request. `weather` is what some hosts do for a while, whatever is asked.

    Feeds hold `held` entries at first. Where a client may be killed between an answer and what it makes of it, that
    must be fewer than `SLOTS`, or an entry can be shown once and be gone.
    """

    def __init__(
        self, feeds: int, per_day: float, seed: object, subjects: Mapping[str, float] = SUBJECTS, held: int = SLOTS
    ) -> None:
        now, luck = datetime.now(UTC), Random(f"{seed}")
        weights = [luck.lognormvariate(0, 1.2) for _ in range(feeds)]
        most = SLOTS * 48  # a day of one feed: more would roll off between two polls
        self.feeds: dict[str, Feed] = {}
        self.weather: dict[str, Behaviour] = {}
        self.requests = 0
        self._frozen = False
        self._bad_feeds, self._bad_pages = hostile_feeds(), hostile_pages()
        for number, weight in enumerate(weights):
            a_day = min(max(most, 2 * per_day / feeds), per_day * weight / sum(weights) * ONE_IN / (ONE_IN - 1))
            host = f"127.1.{number // 200}.{1 + number % 200}"
            self.feeds[host] = Feed(number, host, a_day, Random(f"{seed}/{number}"), subjects)
            self.feeds[host].begin(now, held)

    async def answer(self, request: Seen, writer: asyncio.StreamWriter) -> None:
        """Answer as the host that is asked would."""
        self.requests += 1
        host, _, port = (request.header("host") or "").partition(":")
        feed = self.feeds[host]
        place, _, number = request.path.strip("/").partition("/")
        if host in self.weather:
            await self.weather[host](request, writer)
        elif place == "feed" and is_hostile(feed.number):
            await self._bad_feeds[feed.number // ONE_IN % len(self._bad_feeds)](request, writer)
        elif place == "feed":
            await self._feed(feed, request, writer, f"http://{host}:{port}")
        elif place == "story" and (int(number) + feed.number) % ONE_IN == 0:
            await self._bad_pages[int(number) % len(self._bad_pages)](request, writer)
        elif place == "story":
            page = next((entry.page() for entry in feed.entries if entry.number == int(number)), b"<p>It is gone.</p>")
            await raw(framed(page, HTML))(request, writer)
        else:
            await raw(b"HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n")(request, writer)

    async def _feed(self, feed: Feed, request: Seen, writer: asyncio.StreamWriter, base: str) -> None:
        """Answer with the feed's document, or that it has not changed: six in ten know validators, half pack."""
        now = datetime.now(UTC)
        if not self._frozen:
            feed.publish(now)
        etag, knows = f'"{feed.published}"', feed.number % 10 < 6
        if knows and request.header("if-none-match") == etag:
            await raw(b"HTTP/1.1 304 Same\r\nETag: " + etag.encode() + b"\r\n\r\n")(request, writer)
            return
        whole, packed = feed.document(base)
        lines = [XML, *([b"ETag: " + etag.encode()] if knows else [])]
        packs = feed.number % 2 and "gzip" in (request.header("accept-encoding") or "")
        answer = framed(packed, *lines, b"Content-Encoding: gzip") if packs else framed(whole, *lines)
        await raw(answer)(request, writer)
        for entry in feed.entries:
            feed.shown.setdefault(entry.number, now.timestamp())

    def freeze(self) -> None:
        """Publish nothing new from now on."""
        self._frozen = True

    def shown(self) -> dict[str, dict[int, float]]:
        """Return when each entry was first shown in a document (epoch), by its host and number."""
        return {one.host: one.shown for one in self.feeds.values() if one.shown}

    def shown_urls(self, port: int) -> set[str]:
        """Return the addresses of all entries that were ever shown."""
        return {f"http://{host}:{port}/story/{number}" for host, its in self.shown().items() for number in its}


def is_hostile(number: int) -> bool:
    """Return whether this is a hostile feed."""
    return number % ONE_IN == ONE_IN - 1
