"""How long does each page of the site take, warm, over a large store?

    python benchmarks/pages.py --articles 100000 --events 20000 [--store kept.db]

A store of invented firms and texts is made (or the one kept before is read), the site answers in this process without a
socket, and each page is asked for a number of times after two that warm it up. Printed are median and maximum in
milliseconds and the size in kB. The exit code is 1 if a median is above `--most-ms`.
"""

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import accumulate, product
from pathlib import Path
from random import Random
from typing import Any, Final

import httpx

sys.path.insert(0, str(Path(__file__).parents[1]))

from monitor import site, trending
from monitor.clock import to_text, utc_now
from monitor.store import Database, Store

YEARS: Final = 3
LABELS: Final = ("cut", "reversal", "hybrid")
KINDS: Final = ("event", "update", "commentary", "survey", "forecast", "off_topic")
FUNCTIONS: Final = ("customer service", "software", "content and translation", "finance", "moderation", None)
COUNTRIES: Final = ("US", "GB", "DE", "SE", "IN", None)
QUALIFIERS: Final = ("exact", "about", "at_least", "up_to", "estimate")
STRENGTHS: Final = ("explicit", "implied", "speculative", "disputed", "denied", "none")
SPEAKERS: Final = ("employer", "press", "union", "analyst", None)
LANGUAGES: Final = ("en", "en", "en", "de", "fr", "es", None)
OUTCOMES: Final = (("stored", None),) * 4 + (
    ("passed_over", None),
    ("duplicate", None),
    ("refused", "robots_denied"),
    ("failed", "http_4xx"),
)
WORDS: Final = ("jobs", "staff", "AI", "service", "assistant", "rehires")  # the most frequent ones
SYLLABLES: Final = ("nor", "vik", "hal", "den", "cor", "bri", "ost", "mer", "tal", "quin", "sol", "rad", "wen", "fal")

PAGES: Final = (
    "/",
    "/stories",
    "/stories?q=assistant",
    "/stories?q=norviknor+haldennor*",
    "/stories?label=reversal",
    "/stories?publisher=Paper+7&week={week}",
    "/stories?function=software&country=DE",
    "/employers",
    "/employers?q=nor",
    "/employers/107",
    "/events/177",
    "/events/177.json",
    "/articles/177",
    "/trends",
    "/sources",
    "/ask",
    "/why?url=article+177",
    "/why?url=https://paper-7.example/story/507",
    "/why?url=https://nowhere.example/story",
    "/monitor",
    "/monitor/articles_view",
    "/monitor/events_view",
    "/monitor/reversed_within_a_year",
    "/monitor/jobs_in_cuts_by_function",
    "/monitor/largest_cuts",
    "/monitor/weeks",
    "/monitor/employers_with_several_cuts",
    "/monitor/publishers",
)


def fill(db: Database, articles: int, events: int, feeds: int, now: datetime) -> None:
    """Fill an empty store with invented rows, in one transaction."""
    random = Random(1)
    words = [*WORDS, *("".join(parts) for parts in product(SYLLABLES, repeat=3))]
    companies = events // 5 + 1
    many = db.conn.executemany
    # Numbers of ours, clear of the rows a new store begins with.
    names = [
        (n, f"{words[n % len(words)].title()} {n}", f"{words[n % len(words)]} {n}") for n in range(100, companies + 100)
    ]
    many("insert into companies (id, name, name_key) values (?, ?, ?)", names)
    _insert(db, "feeds", _feeds(feeds, now))
    _insert(db, "events", _events(events, companies, random, now))
    _insert(db, "articles", _articles(articles, events, feeds, words, random, now))
    _insert(db, "event_articles", ({"event_id": 100 + n % events, "article_id": 100 + n, "added_at": to_text(now)}
                                   for n in range(min(articles, events * 3))))  # fmt: skip
    evidence = {"position": 0, "place": "text", "start": 0, "end": 9, "cue": "cut.layoff", "weight": 2.0}
    _insert(db, "evidence", ({"article_id": 100 + n, "quote": "nor vik jobs", **evidence} for n in range(articles)))
    _insert(db, "entries", _entries(articles, feeds, random, now))


def _insert(db: Database, table: str, found: Iterator[dict[str, Any]]) -> None:
    first = next(found)
    names, marks = ", ".join(f'"{name}"' for name in first), ", ".join("?" * len(first))
    values = (tuple(row.values()) for row in found)
    db.conn.execute(f"insert into {table} ({names}) values ({marks})", tuple(first.values()))  # noqa: S608  # our names
    db.conn.executemany(f"insert into {table} ({names}) values ({marks})", values)  # noqa: S608  # as above


def _feeds(feeds: int, now: datetime) -> Iterator[dict[str, Any]]:
    for n in range(100, feeds + 100):
        url = f"https://paper-{n}.example/feed"
        yield {"id": n, "url": url, "canonical_url": url, "host": f"paper-{n}.example", "title": f"Paper {n}",
               "origin": "added", "added_at": to_text(now), "interval_s": 1800, "next_poll_at": to_text(now),
               "last_polled_at": to_text(now), "state": "failing" if n % 20 == 0 else "ok"}  # fmt: skip


def _events(events: int, companies: int, random: Random, now: datetime) -> Iterator[dict[str, Any]]:
    for n in range(100, events + 100):
        label = random.choices(LABELS, (6, 2, 1))[0]
        jobs = random.choice((None, 40, 300, 1200))
        at = now - timedelta(days=random.randrange(YEARS * 365))
        linked = random.randrange(100, n) if label != "cut" and n > 100 else None
        yield {"id": n, "company_id": 100 + random.randrange(companies), "label": label, "kind": "event",
               "action": "layoff", "technology": "ai", "function": random.choice(FUNCTIONS),
               "country": random.choice(COUNTRIES), "status": "announced", "announced_on": at.date().isoformat(),
               "date_precision": "day", "origin": "live", "jobs_count": jobs,
               "jobs_qualifier": random.choice(QUALIFIERS) if jobs else "none_stated",
               "attribution_strength": random.choice(STRENGTHS), "attribution_speaker": random.choice(SPEAKERS),
               "quote": "nor vik jobs", "quote_article_id": None, "linked_event_id": linked,
               "link_type": "reverses" if linked else None, "source_tier": random.randint(1, 4),
               "first_seen_at": to_text(at), "updated_at": to_text(at)}  # fmt: skip


def _articles(
    articles: int, events: int, feeds: int, words: Sequence[str], random: Random, now: datetime
) -> Iterator[dict[str, Any]]:
    zipf = list(accumulate(1 / rank for rank in range(3, len(words) + 3)))
    for n in range(100, articles + 100):
        told = n < 100 + min(articles, events * 3)
        at = to_text(now - timedelta(days=random.randrange(YEARS * 365), seconds=random.randrange(86400)))
        url = f"https://paper-{n % feeds}.example/story/{n}"
        yield {"id": n, "url": url, "canonical_url": url, "publisher": f"Paper {n % feeds}",
               "title": " ".join(random.choices(words, cum_weights=zipf, k=9)),
               "text": " ".join(random.choices(words, cum_weights=zipf, k=350)),
               "text_state": "full", "language": random.choice(LANGUAGES), "published_at": at,
               "date_precision": "moment", "first_seen_at": at, "feed_id": 100 + n % feeds, "origin": "live",
               "content_hash": f"{n:064}", "label": random.choice(LABELS) if told else "none",
               "kind": "event" if told else random.choice(KINDS), "confidence": "high", "probability": 0.9, "rule": "7",
               "facts": "{}", "spans": "{}", "classifier_name": "rules", "classifier_version": "2",
               "classified_at": at, "story_id": n, "event_id": 100 + (n - 100) % events if told else None}  # fmt: skip


def _entries(articles: int, feeds: int, random: Random, now: datetime) -> Iterator[dict[str, Any]]:
    for n in range(100, articles + 100):
        outcome, reason = random.choice(OUTCOMES)
        url = f"https://paper-{n % feeds}.example/story/{n}"
        yield {"id": n, "feed_id": 100 + n % feeds, "url": url, "canonical_url": url, "identity": str(n),
               "title": f"Story {n}", "summary": "words " * 30, "first_seen_at": to_text(now), "outcome": outcome,
               "reason": reason, "ended_at": to_text(now),
               "article_id": n if outcome == "stored" else None}  # fmt: skip


async def measure(store: Path, rounds: int) -> list[tuple[str, float, float, float]]:
    """Return (page, median ms, maximum ms, kB) of each page."""
    app = site.viewer(store)
    year, week, _ = (utc_now() - timedelta(weeks=10)).isocalendar()
    figures = []
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app), base_url="http://127.0.0.1", timeout=60
    ) as client:
        for page in PAGES:
            address, taken, size = page.format(week=f"{year}-W{week:02}"), [], 0
            for turn in range(rounds + 2):
                started = time.perf_counter()
                answer = await client.get(address)
                if turn >= 2:
                    taken.append(1000 * (time.perf_counter() - started))
                if answer.status_code != 200:
                    raise SystemExit(f"{address} answered {answer.status_code}: {answer.text[-300:]}")
                size = len(answer.content)
            figures.append((address, statistics.median(taken), max(taken), size / 1000))
    return figures


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the figures; return 1 if a page takes longer than asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=100_000)
    parser.add_argument("--events", type=int, default=20_000)
    parser.add_argument("--feeds", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--most-ms", type=float, default=150)
    parser.add_argument("--store", type=Path, help="made if it is not there, and kept")
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        path = given.store or Path(folder) / "pages.db"
        if not path.exists():
            started = time.perf_counter()
            with Store.open(path, clock=utc_now) as store:
                now = datetime.now(UTC)
                store.submit(lambda db: fill(db, given.articles, given.events, given.feeds, now)).result()
                store.submit(lambda db: trending.refresh(db, now=now)).result()  # as the daemon does every day
            print(
                f"{given.articles:,} articles, {given.events:,} events: made in {time.perf_counter() - started:.0f} s"
            )
        figures = asyncio.run(measure(path, given.rounds))
    for page, median, most, size in figures:
        print(f"{median:8.1f} ms  at most {most:8.1f} ms  {size:7.1f} kB  {page}")
    slow = [page for page, median, _, _ in figures if median > given.most_ms]
    print(f"above {given.most_ms:g} ms: {', '.join(slow) or 'none'}")
    return 1 if slow else 0


if __name__ == "__main__":
    sys.exit(main())
