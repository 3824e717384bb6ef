"""What `growth.py` has a store do: write articles as the daemon does, and answer what daemon and commands ask."""

import time
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path
from random import Random
from typing import Any, Final

from store_builders import outcome, plan

from benchmarks.grown_rows import BIG, FEEDS, UNTIL, Scale, firm
from monitor import backtest, explain, histories, trending, watchman
from monitor.classify import publishers
from monitor.clock import to_text
from monitor.model import (
    ClassifierId,
    Confidence,
    Evidence,
    Extracted,
    Facts,
    FeedEntry,
    Kind,
    Label,
    PageRead,
    TextState,
    Verdict,
)
from monitor.record import Recorder
from monitor.settings import RetentionSettings, RuleSettings, Settings, StoreSettings
from monitor.store import Database, Store, candidates, entries, feeds, figures, polls, retention
from monitor.store import alerts as alert_store
from monitor.store.rows import scalar
from monitor.store.search import Filters, search

PARTS: Final = (
    "an article in all",
    "its share of a poll",
    "its share of a claim",
    "its result",
    "its share of the batch's end",
)
ITEMS: Final = 10  # of a batch
RULES: Final = (
    RuleSettings(name="any", shadow=False),
    RuleSettings(name="flip", kind="flip", confirm=1, shadow=False),
    RuleSettings(name="surge", kind="surge"),
    RuleSettings(name="milestone", kind="milestone"),
    RuleSettings(name="silence", kind="silence"),
    RuleSettings(name="digest", kind="digest"),
)

Spent = dict[str, float]


class Inserts:
    """Batches of new articles for one store, of which one in ten tells of an event."""

    def __init__(self, store: Store, articles: int) -> None:
        self._store, self._number = store, time.time_ns() // 10**6
        self._scale = Scale(articles)
        settings = Settings(store=StoreSettings(path=store.path), rules=RULES)
        self._recorder = Recorder(settings, publishers.load(), None)  # type: ignore[arg-type]  # verdicts are given
        self._random = Random(self._number)  # other words in each run, or they would be copies of the last one

    def work(self, batches: int) -> Spent:
        """Return the CPU milliseconds of one article on average, in all and part by part."""
        spent = dict.fromkeys(PARTS, 0.0)
        for number in range(batches):
            found, pages = self._batch(1 + number % FEEDS)
            for part, work in zip(PARTS[1:], self._steps(1 + number % FEEDS, found, pages), strict=True):
                before = time.process_time()
                work()
                spent[part] += 1000 * (time.process_time() - before)
        spent = {part: total / batches / ITEMS for part, total in spent.items()}
        return spent | {PARTS[0]: sum(spent.values())}

    def _steps(self, feed: int, found: list[FeedEntry], pages: list[Any]) -> Iterator[Callable[[], Any]]:
        batch: list[Any] = []
        now, write = UNTIL, self._store.submit
        poll = partial(polls.record_poll, outcome=outcome(feed, *found), decide=lambda _: plan(),
                       worth_fetching=lambda _: True, now=now)  # fmt: skip
        yield lambda: write(poll).result()
        claim = partial(entries.claim, now=now, max_batches=1, max_items=ITEMS, lease_s=900, delay_s=0, deadline_s=300,
                        host_daily_pages=0, feed_daily_pages=0)  # fmt: skip
        yield lambda: batch.extend(write(claim).result())
        lease = batch[0].lease
        read = [
            PageRead(item.entry_id, article, verdict, item.url)
            for item, (article, verdict) in zip(batch[0].items, pages, strict=True)
        ]
        record = partial(self._recorder.page, now=now, lease=lease)
        yield lambda: [one.result() for one in [write(partial(record, page=page)) for page in read]]
        end = partial(entries.close_lease, token=lease, now=now, next_allowed_at=now - timedelta(1))
        yield lambda: write(end).result()

    def _batch(self, feed: int) -> tuple[list[FeedEntry], list[tuple[Extracted, Verdict]]]:
        found, pages = [], []
        for place in range(ITEMS):
            self._number += 1
            url = f"https://paper-{feed}.example/new/{self._number}"
            title = f"{self._scale.sentences[self._number % 1000][:60]} {self._number}"
            found.append(FeedEntry(f"n{self._number}", url, title, title, published_at=UNTIL))
            article = Extracted(title, self._scale.text(self._random, self._number), TextState.FULL, published_at=UNTIL)
            pages.append((article, self._verdict(place)))
        return found, pages

    def _verdict(self, place: int) -> Verdict:
        cut = not place
        company = firm(self._random.randint(1, self._scale.companies)) if cut or place % 3 == 0 else None
        return Verdict(
            label=Label.CUT if cut else Label.NONE,
            kind=Kind.EVENT if cut else Kind.OFF_TOPIC,
            confidence=Confidence.HIGH,
            probability=0.9,
            rule="7",
            evidence=(Evidence("title", "its jobs", 0, 8, "cut.layoff", 2.0),) if cut else (),
            facts=Facts(company=company, announced_on=UNTIL.date(), jobs_count=self._number if cut else None,
                        jobs_qualifier="exact" if cut else "none_stated"),
            spans={},
            classifier=ClassifierId("rules", "9"),
        )  # fmt: skip


def questions(db: Database) -> Sequence[tuple[str, Callable[[Database], object]]]:
    """Return what daemon and commands ask of a store, by name."""
    last = scalar(db, "select max(id) from articles")
    address = str(scalar(db, "select url from articles where id = ?", [last // 2]))
    telling = candidates.read(db, last // 2)
    feed = feeds.get(db, 7)
    document = [FeedEntry(f"x{n}", f"https://paper-7.example/x/{n}", f"Word {n}", "") for n in range(20)]
    days = retention.days_of(RetentionSettings())
    settings = Settings(store=StoreSettings(path=Path("grown.db")), rules=RULES)
    return (
        ("due feeds", lambda db: feeds.due(db, now=UNTIL, limit=2000)),
        ("a feed, still", lambda db: feeds.still(db, feed=feed, now=UNTIL)),
        ("what of a document is known", lambda db: polls.asked_about(db, 7, document)),
        ("when a queue has rested", lambda db: entries.rest_s(db, UNTIL)),
        ("copies of an article", lambda db: list(candidates.matches(db, last // 2, telling))),
        ("figures to watch over", lambda db: figures.read(db, UNTIL)),
        ("rules by the clock, each minute", lambda db: watchman.due(
            db, settings, now=UNTIL, settled=True, free=1 << 40)),
        ("is a recount due", lambda db: watchman.is_recount_due(db, now=UNTIL)),
        ("trends, each day or changed hour", lambda db: trending.compute(db, now=UNTIL)),
        ("preview of rules, 28 days", lambda db: backtest.report(
            db, settings, rule=None, since=UNTIL - timedelta(28), now=UNTIL)),
        ("company, large", lambda db: histories.history(db, firm(BIG), {}, UNTIL.date())),
        ("company", lambda db: histories.history(db, firm(7), {}, UNTIL.date())),
        ("alerts list", alert_store.listing),
        ("explain an address", lambda db: explain.explain(db, address, now=UNTIL)),
        ("search, a frequent word", lambda db: search(db, "assistant", Filters())),
        ("search, two words", lambda db: search(db, "norviknordhal rehires", Filters())),
        ("search, with filters", lambda db: search(db, "assistant", Filters(label=Label.CUT, since="2026-01-01"))),
        *((f"retention, a stretch of {kind.table} ({kind.key})", partial(
            retention.find, key=kind.key, at=to_text(UNTIL - timedelta(days[kind.key] or 90)), after=0))
          for kind in retention.KINDS),
        ("retention, what a dry run says", lambda db: retention.plan(db, days, UNTIL)),
    )  # fmt: skip
