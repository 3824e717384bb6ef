"""Alerts as rows, with a delivery for each recipient: the first half of the transactional outbox. Called inside units.

`insert` is part of the *result* transaction; `messages` beside it holds what is sent of them.
"""

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from typing import Final

import msgspec
from sqlite_utils import Database

from monitor.clock import from_text, to_text
from monitor.model import AlertArticle, AlertDraft, AlertEvent, AlertRecord, Label, Point, TextState
from monitor.store import companies, meta, rules
from monitor.store.rows import Row, one, rows, scalar
from monitor.store.rows import insert as insert_row
from monitor.store.upkeep import RESTORED

MOST_ARTICLES: Final = 200  # named in one message
PASTEVENTS: Final = 3  # of the employer, in one message


class _Details(msgspec.Struct):
    """What an alert's column `details` holds."""

    lines: tuple[str, ...] = ()
    chart: tuple[Point, ...] = ()


def alert_id(rule: str, subject: str, restored: str | None = None) -> str:
    """Return the id of an alert, the same for ever for one rule and subject; pure.

    A store that goes on from a copy, `restored` then, gives numbers of events a second time: what is told of the new
    ones must not be taken by receivers for a repeat of the old.
    """
    era = f"\0{restored}" if restored else ""
    return "alert_" + sha256(f"{rule}\0{subject}{era}".encode()).hexdigest()[:24]


def insert(db: Database, draft: AlertDraft, channels: Sequence[tuple[str, int]], now: datetime) -> str | None:
    """Return the id of a new alert, with a delivery per channel and recipient, or None if it was raised before.

    `channels` are names with their numbers of recipients. Those of a withheld alert are never sent.
    """
    key = alert_id(draft.rule, draft.subject, meta.get(db, RESTORED))
    if scalar(db, "select 1 from alerts where rule = ? and subject = ?", [draft.rule, draft.subject]):
        return None
    row: Row = {
        "id": key,
        "sequence": scalar(db, "select coalesce(max(sequence), 0) + 1 from alerts"),
        "rule": draft.rule,
        "subject": draft.subject,
        "label": draft.label,
        "company_id": companies.ensure(db, draft.company) if draft.company else None,
        "raised_at": to_text(now),
        "observed": draft.observed,
        "expected": draft.expected,
        "headline": draft.headline,
        "event_id": draft.event_id,
        "kind": draft.kind,
        "details": msgspec.json.encode({"lines": draft.lines, "chart": draft.chart}).decode(),
        "withheld": draft.withheld,
        "why": draft.why,
        "known": msgspec.json.encode(draft.known).decode() if draft.known else None,
    }
    insert_row(db, "alerts", row)
    state = draft.withheld or "pending"
    due = None if draft.withheld else to_text(draft.not_before or now)
    for channel, recipients in channels:
        for number in range(1, recipients + 1):
            delivery = {"alert_id": key, "channel": channel, "recipient": number, "state": state, "due_at": due}
            insert_row(db, "deliveries", delivery)
    return key


def record(db: Database, alert_id: str) -> AlertRecord:
    """Return a stored alert with all a message about it says, as of now; raises LookupError if there is none."""
    sql = "select a.*, c.name as company from alerts a left join companies c on c.id = a.company_id where a.id = ?"
    row = one(db, sql, [alert_id])
    if row is None:
        raise LookupError(f"no alert {alert_id}")
    details = msgspec.json.decode(row["details"], type=_Details)
    event = _event(db, row["event_id"])
    articles = _articles(db, row["event_id"])
    return AlertRecord(
        id=row["id"],
        sequence=row["sequence"],
        rule=row["rule"],
        subject=row["subject"],
        label=Label(row["label"]) if row["label"] else None,
        company=row["company"],
        raised_at=from_text(row["raised_at"]),
        observed=row["observed"],
        expected=row["expected"],
        headline=row["headline"],
        event_id=row["event_id"],
        articles=articles[:MOST_ARTICLES],
        kind=row["kind"],
        lines=details.lines,
        chart=details.chart,
        articles_total=len(articles),
        independent_reports=rules.reports(db, event.id) if event else None,
        event=event,
        linked=_event(db, event.linked_event_id) if event else None,
        history=_history(db, row["company_id"]),
    )


def listing(db: Database, limit: int = 50) -> list[Row]:
    """Return the newest alerts as `alerts_view` shows them, newest first."""
    return rows(
        db,
        "select v.* from alerts_view v join alerts a on a.id = v.id order by a.sequence desc limit ?",
        [limit],
    )


def find(db: Database, beginning: str) -> list[Row]:
    """Return the alerts whose id begins like this, with or without its "alert_", as `alerts_view` shows them."""
    wanted = beginning.removeprefix("alert_")
    return rows(
        db,
        "select * from alerts_view where substr(id, 7, :length) = :wanted",
        {"wanted": wanted, "length": len(wanted)},
    )


def deliveries(db: Database, alert_id: str) -> list[Row]:
    """Return the deliveries of one alert as `deliveries_view` shows them."""
    return rows(db, "select * from deliveries_view where alert_id = ? order by channel, recipient", [alert_id])


def of_event(db: Database, event_id: int) -> list[Row]:
    """Return the alerts an event has raised, as `alerts_view` shows them."""
    return rows(db, "select * from alerts_view where event_id = ? order by raised_at", [event_id])


def _articles(db: Database, event_id: int | None) -> tuple[AlertArticle, ...]:
    """Return the articles of an event, best source first; our own summaries are not quoted."""
    found = rows(
        db,
        """
        select coalesce(a.url, a.final_url) as url, a.title, a.text_state, a.publisher,
          (select e.quote from evidence e where e.article_id = a.id order by e.position limit 1) as quote
        from event_articles ea join articles a on a.id = ea.article_id
        where ea.event_id = ? order by a.source_tier, a.id
        """,
        [event_id],
    )
    return tuple(
        AlertArticle(
            row["url"],
            row["title"],
            None if row["text_state"] == TextState.ABSTRACT else row["quote"],
            row["publisher"],
            TextState(row["text_state"]),
        )
        for row in found
    )


EVENT: Final = """
    select e.id, e.label, e.status, e.announced_on, e.date_precision, e.jobs_count, e.jobs_count_max,
      e.jobs_qualifier, e.attribution_strength, e.attribution_speaker, e.quote, e.quote_speaker,
      coalesce(a.url, a.final_url) as quote_url, a.publisher as quote_publisher, e.linked_event_id,
      (
        with recursive chain (at_id, depth) as (
          select e.linked_event_id, 1 where e.label <> 'cut'
          union all
          select back.linked_event_id, depth + 1 from chain join events back on back.id = chain.at_id
          where back.label <> 'cut' and back.linked_event_id is not null and depth < 20
        )
        select cast(julianday(e.announced_on) - julianday(cut.announced_on) as integer)
        from chain join events cut on cut.id = chain.at_id and cut.label = 'cut'
      ) as days_to_reversal
    from events e left join articles a on a.id = e.quote_article_id
"""  # what events_view says of one event; the view walks all chains, which 200 alerts of a message must not wait for


def _event(db: Database, event_id: int | None) -> AlertEvent | None:
    row = one(db, f"{EVENT} where e.id = ?", [event_id])
    return None if row is None else msgspec.convert(row, AlertEvent)


def _history(db: Database, company_id: int | None) -> tuple[AlertEvent, ...]:
    sql = f"""
        {EVENT} where e.company_id = ? and e.review_state <> 'excluded' and e.kind <> 'productivity_claim'
        order by e.announced_on desc, e.label = 'cut', e.id desc limit ?
    """
    return tuple(msgspec.convert(row, AlertEvent) for row in rows(db, sql, [company_id, PASTEVENTS]))
