"""Builders of events in a store, each told of by articles or rows of an import."""

from datetime import date, datetime
from typing import Any

from store_builders import NOW, article, verdict

from monitor.model import Facts, Kind, Label, Origin, TextState
from monitor.store import Database, accounts, articles, events
from monitor.store.rows import Row, one, rows


def tell(db: Database, number: int, label: Label = Label.CUT, **more: Any) -> int:
    """Return the event an article tells of, stored and joined or made the first of one, with the links that follow.

    `on`, `tier`, `publisher`, `state` and `into` apart, what is named are facts.
    """
    at = datetime.fromisoformat(f"{more.pop('on', '2026-03-02')}T09:00:00+00:00")
    into, kind = more.pop("into", None), more.pop("kind", Kind.EVENT)
    made = article(
        number,
        source_tier=more.pop("tier", 3),
        publisher=more.pop("publisher", f"paper{number}.example"),
        text_state=more.pop("state", TextState.FULL),
        published_at=at,
        first_seen_at=at,
        text=more.pop("text", f"Text {number}. {more.get('quote') or ''}"),
        verdict=verdict(label, kind, **{"company": "Norvik Bank", **more}),
    )
    article_id, _ = articles.upsert(db, made, NOW)
    row = one(db, "select * from articles where id = ?", [article_id]) or {}
    draft = events.article_draft(row, made.verdict)
    assert draft is not None
    event_id = into or told_of(db, article_id)
    if event_id is None:
        event_id = events.insert_event(db, draft, article_id=article_id, origin=Origin.LIVE, now=at)
    else:
        events.join(db, event_id, draft, article_id=article_id, now=at)
    events.relink(db, draft.company, at)
    return event_id


def told_of(db: Database, article_id: int) -> int | None:
    """Return the event an article tells of as stored."""
    found = one(db, "select event_id from articles where id = ?", [article_id])
    return found["event_id"] if found else None


def import_account(db: Database, name: str, into: int | None = None, **more: Any) -> int:
    """Return the event a row of an import tells of; what is not a field of the row is a fact."""
    fields = {
        key: more.pop(key) for key in ("status", "source_tier", "review_state", "publisher", "url") if key in more
    }
    on = date.fromisoformat(more.pop("on", "2026-03-02"))
    row = accounts.NewAccount(
        company="Norvik Bank",
        label=more.pop("label", Label.CUT),
        kind=Kind.EVENT,
        announced_on=on,
        date_precision="day",
        origin=Origin.IMPORTED,
        external_id=name,
        facts=Facts(**more),
        **{"source_tier": 2, **fields},
    )
    account_id, _ = accounts.put(db, row, NOW)
    draft = accounts.draft(db, account_id)
    assert draft is not None
    if into is None:
        return events.insert_event(db, draft, account_id=account_id, origin=Origin.IMPORTED, now=NOW)
    events.join(db, into, draft, account_id=account_id, now=NOW)
    return into


def event_row(db: Database, event_id: int) -> Row:
    """Return an event's row."""
    return one(db, "select * from events where id = ?", [event_id]) or {}


def changes(db: Database, event_id: int) -> list[tuple[Any, ...]]:
    """Return what was changed of an event: field, from, to, by whom."""
    sql = "select field, old, new, by from corrections where event_id = ? order by id"
    return [tuple(row.values()) for row in rows(db, sql, [event_id])]
