"""Builders for a person's word: a store with what an article told, and the giving of that word."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from account_builders import seen
from store_builders import NOW, article, draft, verdict, write

from monitor import review
from monitor.model import Facts, Label, Origin
from monitor.store import Database, Store, articles
from monitor.store import events as event_store

BANK = "Brackwater Mutual"
Review = Callable[..., dict[str, Any]]


@dataclass
class Tools:
    """The clock of a runtime."""

    clock: Callable[[], Any] = lambda: NOW  # a field that is called


@dataclass
class Running:
    """As much of a runtime as a review needs."""

    store: Store
    tools: Tools


def reviewing(store: Store) -> Review:
    """Return how a person's word is given, and what becomes of it is had."""

    def asked(target: str, why: str = "seen on site", **action: Any) -> dict[str, Any]:
        running: Any = Running(store, Tools())
        return asyncio.run(review.run(running, {"target": target, "why": why, **action}))

    return asked


def told(store: Store, number: int, label: Label = Label.CUT, day: date = date(2026, 3, 2), **facts: Any) -> int:
    """Return an article that tells of an event, as reading it would have stored it."""
    given = {"company": BANK, **facts}

    def unit(db: Database) -> int:
        new = article(number, verdict=verdict(label, **given), publisher=f"p{number}.example", text=f"Text {number}.")
        article_id, _ = articles.upsert(db, new, NOW)
        event_store.insert_event(
            db, draft(label, day, facts=Facts(**given)), article_id=article_id, origin=Origin.LIVE, now=NOW
        )
        event_store.relink(db, BANK, NOW)
        return article_id

    return write(store, unit)


def events_of(store: Store) -> list[tuple[int, str, str]]:
    """Return number, label and review state of each event."""
    return [
        (row["id"], row["label"], row["review_state"])
        for row in seen(store, "select id, label, review_state from events order by id")
    ]


def of_article(store: Store, number: int = 1) -> dict[str, Any]:
    """Return what an article is judged to be, and which event it tells of."""
    [row] = seen(store, "select label, kind, review_state, event_id from articles where id = ?", [number])
    return row
