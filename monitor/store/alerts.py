"""Alerts and their deliveries as rows: the transactional outbox. Called inside units.

`insert` is part of the *result* transaction; `lease_due` is the *attempt start*, `end_attempt` the *attempt end*.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

import msgspec
from sqlite_utils import Database

from monitor.clock import from_text, to_text
from monitor.model import AlertArticle, AlertDraft, AlertRecord, DeliveryJob, DeliveryState, Label, TextState
from monitor.store import companies
from monitor.store.rows import Row, one, rows, scalar, text_or_none
from monitor.store.rows import insert as insert_row

_MOST_ARTICLES: Final = 200  # in one message


def alert_id(rule: str, subject: str) -> str:
    """Return the id of an alert, the same for ever for one rule and subject; pure."""
    return "alert_" + sha256(f"{rule}\0{subject}".encode()).hexdigest()[:24]


def insert(db: Database, draft: AlertDraft, channels: Sequence[tuple[str, int]], now: datetime) -> str | None:
    """Return the id of a new alert, with a delivery per channel and recipient, or None if it was raised before.

    `channels` are names with their numbers of recipients. Those of a withheld alert are never sent.
    """
    key = alert_id(draft.rule, draft.subject)
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
            delivery = {"alert_id": key, "channel": channel, "recipient": number, "state": state}
            insert_row(db, "deliveries", {**delivery, "next_attempt_at": due})
    return key


def lease_due(db: Database, now: datetime, lease_s: float, limit: int) -> list[DeliveryJob]:
    """Return deliveries whose time has come, longest due first; their attempt is counted before any byte is sent.

    A lease that ran out is due again: whoever held it died between sending and writing down the answer.
    """
    until = to_text(now + timedelta(seconds=lease_s))
    found = rows(
        db,
        """
        select id from deliveries where state in ('pending', 'retrying', 'leased') and next_attempt_at <= ?
        order by next_attempt_at, id limit ?
        """,
        [to_text(now), limit],
    )
    return [_start(db, row["id"], to_text(now), until) for row in found]


def release_all(db: Database, now: datetime) -> int:
    """Return how many attempts of an earlier process were cut off; each is due again at once, under the same id.

    For the owner's start, when nobody else can be sending.
    """
    sql = "update deliveries set state = 'retrying', next_attempt_at = ?, lease_until = null where state = 'leased'"
    return int(db.execute(sql, [to_text(now)]).rowcount)


def end_attempt(  # noqa: PLR0913  # the columns that an attempt leaves
    db: Database,
    delivery_id: int,
    state: DeliveryState,
    *,
    next_attempt_at: datetime | None,
    status: int | None,
    error: str | None,
    now: datetime,
) -> bool:
    """Return whether the ending was written down: for a delivery under lease, and for `sent` always but once."""
    return bool(
        db.execute(
            """
            update deliveries set state = :state, next_attempt_at = :next, lease_until = null, last_status = :status,
              last_error = :error, ended_at = case when :next is null then :now end
            where id = :id and (state = 'leased' or (:state = 'sent' and state <> 'sent'))
            """,
            {
                "id": delivery_id,
                "state": state,
                "next": text_or_none(next_attempt_at),
                "status": status,
                "error": error,
                "now": to_text(now),
            },
        ).rowcount
    )


def record(db: Database, alert_id: str) -> AlertRecord:
    """Return a stored alert with all a message about it says; raises LookupError if there is none."""
    row = one(
        db,
        "select a.*, c.name as company from alerts a left join companies c on c.id = a.company_id where a.id = ?",
        [alert_id],
    )
    if row is None:
        raise LookupError(f"no alert {alert_id}")
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
        articles=_articles(db, row["event_id"], row["raised_at"]),
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


def _start(db: Database, delivery_id: int, at: str, until: str) -> DeliveryJob:
    db.execute(
        """
        update deliveries set state = 'leased', attempts = attempts + 1, last_attempt_at = :at,
          first_attempt_at = coalesce(first_attempt_at, :at), next_attempt_at = :until, lease_until = :until
        where id = :id
        """,
        {"id": delivery_id, "at": at, "until": until},
    )
    row = rows(db, "select * from deliveries where id = ?", [delivery_id])[0]
    return DeliveryJob(
        id=row["id"],
        alert_id=row["alert_id"],
        channel=row["channel"],
        recipient=row["recipient"],
        attempts=row["attempts"],
        first_attempt_at=from_text(row["first_attempt_at"]),
        last_attempt_at=from_text(row["last_attempt_at"]),
    )


def _articles(db: Database, event_id: int | None, raised_at: str) -> tuple[AlertArticle, ...]:
    """Return the articles an event had when it was raised, best source first; our own summaries are not quoted.

    What joined later is left out, so that every attempt sends the same bytes.
    """
    found = rows(
        db,
        """
        select coalesce(a.url, a.final_url) as url, a.title, a.text_state,
          (select e.quote from evidence e where e.article_id = a.id order by e.position limit 1) as quote
        from event_articles ea join articles a on a.id = ea.article_id
        where ea.event_id = ? and ea.added_at <= ? order by a.source_tier, a.id limit ?
        """,
        [event_id, raised_at, _MOST_ARTICLES],
    )
    return tuple(
        AlertArticle(row["url"], row["title"], None if row["text_state"] == TextState.ABSTRACT else row["quote"])
        for row in found
    )
