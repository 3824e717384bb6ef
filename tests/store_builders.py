"""Builders of the values the store takes, and an open store to put them in."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from monitor.model import (
    Batch,
    ClassifierId,
    Confidence,
    EventDraft,
    Evidence,
    Facts,
    FeedDocument,
    FeedEntry,
    Kind,
    Label,
    NextPoll,
    Origin,
    PollCounts,
    PollOutcome,
    TextState,
    Validators,
    Verdict,
)
from monitor.store import Database, Store, articles, audit, entries, feeds, polls
from monitor.store.rows import Row, one

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)

T = TypeVar("T")


def at_noon() -> datetime:
    return NOW


def opened(path: Path, **options: Any) -> Store:
    """Return the store at a path, on a clock that stands still."""
    return Store.open(path, clock=at_noon, **options)


def write(store: Store, unit: Callable[[Database], T]) -> T:
    """Return what a unit returns, after its commit."""
    return store.submit(unit).result(timeout=30)


def entry(number: int, **changes: Any) -> FeedEntry:
    """Return one entry of a feed document."""
    values: dict[str, Any] = {
        "guid": f"guid-{number}",
        "url": f"https://news.example/story/{number}",
        "title": f"Story {number}",
        "summary": "Brackwater Mutual lets a program answer its customers.",
        "published_at": NOW - HOUR,
    }
    return FeedEntry(**(values | changes))


def outcome(feed_id: int, *entries: FeedEntry, **changes: Any) -> PollOutcome:
    """Return the outcome of a poll that brought a document with these entries."""
    values: dict[str, Any] = {
        "result": "document",
        "document": FeedDocument(title="Example news", entries=entries),
        "validators": Validators('"v1"', None),
        "body_digest": "digest",
    }
    return PollOutcome(feed_id=feed_id, polled_at=NOW, **(values | changes))


def plan(**changes: Any) -> NextPoll:
    """Return the plan for the next poll: in half an hour."""
    values: dict[str, Any] = {"interval_s": 1800, "next_poll_at": NOW + HOUR / 2, "failures": 0}
    return NextPoll(**(values | changes))


def added(db: Database, url: str = "https://news.example/feed") -> int:
    """Return the id of a feed in the store."""
    return feeds.add(db, url, title=None, origin="added", now=NOW, start_interval_s=1800)[0]


def polled(
    db: Database,
    feed_id: int,
    *entries: FeedEntry,
    worth: Callable[[FeedEntry], bool] = lambda _: True,
    now: datetime = NOW,
    **changes: Any,
) -> PollCounts:
    """Return the counts of a poll of these entries, written to the store."""
    return polls.record_poll(db, outcome(feed_id, *entries, **changes), lambda _: plan(), worth_fetching=worth, now=now)


def ran(db: Database) -> None:
    """Let the store have run: it has polled a feed."""
    polled(db, added(db, "https://first-run.example/feed"))


def verdict(label: Label = Label.CUT, kind: Kind = Kind.EVENT, **facts: Any) -> Verdict:
    """Return a verdict with one piece of evidence in the title."""
    return Verdict(
        label=label,
        kind=kind,
        confidence=Confidence.HIGH,
        probability=0.9,
        rule="7",
        evidence=(Evidence("title", "replaces", 0, 8, "cut.verb", 3.0), Evidence("text", "staff", 2, 7, "people", 1.0)),
        facts=Facts(**facts),
        spans={},
        classifier=ClassifierId("rules", "1"),
    )


def article(number: int = 1, **changes: Any) -> articles.NewArticle:
    """Return an article before it is stored."""
    values: dict[str, Any] = {
        "title": f"Brackwater Mutual replaces agents, part {number}",
        "text": "A program now answers; the staff leaves.",
        "text_state": TextState.FULL,
        "verdict": verdict(company="Brackwater Mutual"),
        "origin": Origin.LIVE,
        "source_tier": 3,
        "first_seen_at": NOW,
        "url": f"https://news.example/story/{number}",
        "canonical_url": f"https://news.example/story/{number}",
        "publisher": "news.example",
        "published_at": NOW,
    }
    return articles.NewArticle(**(values | changes))


def draft(label: Label = Label.CUT, on: date = date(2026, 3, 2), **changes: Any) -> EventDraft:
    """Return an account of an employer's action."""
    values: dict[str, Any] = {
        "company": "Brackwater Mutual",
        "kind": Kind.EVENT,
        "date_precision": "day",
        "status": "announced",
        "source_tier": 3,
        "facts": Facts(),
    }
    return EventDraft(label=label, announced_on=on, **(values | changes))


def on(host: str, number: int, **changes: Any) -> FeedEntry:
    """Return one entry of a feed document with its page on this host."""
    return entry(number, **({"url": f"https://{host}/story/{number}"} | changes))


def claimed(db: Database, now: datetime = NOW, **changes: Any) -> list[Batch]:
    """Return what the ledger hands out, without budgets unless they are named."""
    limits: dict[str, Any] = {
        "max_batches": 10,
        "max_items": 10,
        "lease_s": 600,
        "delay_s": 5.0,
        "deadline_s": 300.0,
        "host_daily_pages": 0,
        "feed_daily_pages": 0,
    }
    return entries.claim(db, now=now, **(limits | changes))


def taken(batches: list[Batch]) -> dict[str, list[int]]:
    """Return the numbers of the entries handed out, by host."""
    return {batch.host: [item.entry_id for item in batch.items] for batch in batches}


def problems(db: Database) -> list[audit.Finding]:
    """Return what the audit finds wrong, notes apart."""
    return [finding for finding in audit.audit(db, NOW) if finding.level == "problem"]


def feed_row(store: Store, feed_id: int = 1) -> Row:
    """Return a feed's row as the store has it."""
    row = store.read_now(lambda db: one(db, "select * from feeds where id = ?", [feed_id]))
    assert row is not None
    return row
