"""What feeds and the calendar are made of: the newest alerts and events, and the follow-ups around now."""

from datetime import date, timedelta
from typing import Final

import msgspec
from sqlite_utils import Database

from monitor.clock import from_text
from monitor.model import AlertEvent, AlertRecord
from monitor.store import alerts, histories
from monitor.store.rows import Row, rows, scalar

NEWEST: Final = 50  # entries of a feed
OVERDUE: Final = timedelta(days=90)  # a look back that is due so long is left to `followups_view`


def newest_alerts(db: Database, limit: int = NEWEST) -> list[AlertRecord]:
    """Return the newest alerts that are told at all, the newest first: none on trial, none muted."""
    sql = "select id from alerts where withheld is null order by sequence desc limit ?"
    return [alerts.record(db, row["id"]) for row in rows(db, sql, [limit])]


def newest_events(db: Database, limit: int = NEWEST) -> list[Row]:
    """Return the events that changed last, the newest first: each with company, event, first_seen_at and updated_at."""
    sql = f"""
        select found.*, c.name as company, e.first_seen_at, e.updated_at
        from ({alerts.EVENT}) found join events e on e.id = found.id join companies c on c.id = e.company_id
        where e.kind = 'event' and e.review_state <> 'excluded' order by e.updated_at desc, e.id desc limit ?
    """
    return [
        {
            "company": row["company"],
            "event": msgspec.convert(row, AlertEvent),
            "first_seen_at": from_text(row["first_seen_at"]),
            "updated_at": from_text(row["updated_at"]),
        }
        for row in rows(db, sql, [limit])
    ]


def follow_ups(db: Database, today: date) -> list[Row]:
    """Return the looks back at cuts that are to come or fell due within the last 90 days, the first first."""
    if not scalar(db, "select 1 from sqlite_master where type = 'view' and name = 'followups_view'"):
        return []
    sql = """
        select event_id, company, announced_on, months, due_on from followups_view
        where answered_on is null and due_on >= ? order by due_on, event_id
    """
    waiting = db.execute(sql, [(today - OVERDUE).isoformat()]).fetchall()
    since = histories.what_followed(db, {event_id for event_id, *_ in waiting})
    return [
        {
            "event_id": event_id,
            "company": company,
            "announced_on": date.fromisoformat(announced_on),
            "months": months,
            "due_on": date.fromisoformat(due_on),
            "found": since[event_id]["found"],
        }
        for event_id, company, announced_on, months, due_on in waiting
    ]
