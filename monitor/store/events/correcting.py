"""Every change of an event, in `corrections`: what, from what to what, why, and by whose word."""

from collections.abc import Container
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from sqlite_utils import Database

from monitor.clock import to_text
from monitor.events import Account
from monitor.store.rows import Row, insert, rows

INTEGERS: Final = frozenset(
    {"jobs_count", "jobs_count_max", "jobs_implied", "fte_equivalent", "headcount_before", "headcount_after"}
)


@dataclass(frozen=True, slots=True)
class Change:
    """One column of an event that holds something else now."""

    field: str
    old: object
    new: object
    why: str
    by: Literal["source", "rule", "person"] = "rule"
    source: Account | None = None  # whose account changed it


def note(db: Database, event_id: int, change: Change, now: datetime) -> None:
    """Keep one change of an event."""
    row: Row = {
        "event_id": event_id,
        "field": change.field,
        "old": None if change.old is None else str(change.old),
        "new": None if change.new is None else str(change.new),
        "why": change.why,
        "by": change.by,
        "source_article_id": change.source.article_id if change.source else None,
        "source_account_id": change.source.account_id if change.source else None,
        "corrected_at": to_text(now),
    }
    insert(db, "corrections", row)


def settled(db: Database, event_id: int, fields: Container[str]) -> dict[str, Any]:
    """Return the columns of an event on which a person has had his word, with his last one."""
    sql = "select field, new from corrections where event_id = ? and by = 'person' order by id"
    return {
        row["field"]: as_stored(row["field"], row["new"]) for row in rows(db, sql, [event_id]) if row["field"] in fields
    }


def as_stored(field: str, text: str | None) -> Any:
    """Return a value written as text as its column holds it; raises ValueError for words where a number belongs."""
    if text is None:
        return {"jobs_qualifier": "none_stated", "attribution_strength": "none"}.get(field)
    if field in INTEGERS:
        return int(text)
    return float(text) if field == "share_pct" else text
