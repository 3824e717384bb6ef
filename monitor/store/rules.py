"""What the rules need to know when they decide: the event as it is, what was told before, which rules are new.

Called inside units; deciding is pure and happens in `alerts`.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Final

import msgspec
from sqlite_utils import Database

from monitor.clock import from_text, to_text
from monitor.model import EventState, Facts, Kind, Known, Label, Past, Told, Undone
from monitor.store import companies, meta, mutes
from monitor.store.rows import Row, one, rows, scalar

NOTED: Final = "rules_noted_at"  # key in meta: when the rules were first noted
_LONGEST_CHAIN: Final = 20  # links, as in event_chains
_FACTS: Final = (
    "jobs_count", "jobs_count_max", "jobs_qualifier", "jobs_implied", "share_pct", "action", "technology", "function",
    "country", "attribution_type", "attribution_strength", "attribution_speaker", "reason_given", "quote",
    "quote_speaker",
)  # fmt: skip
_EVENT: Final = f"""
    select e.id, c.name as company, e.company_id, e.label, e.kind, e.status, e.announced_on, e.source_tier,
      e.linked_event_id, e.review_state, {", ".join(f"e.{name}" for name in _FACTS)}
    from events e join companies c on c.id = e.company_id where e.id = ?
"""
_TOLD: Final = """
    select sequence, event_id, raised_at, known, withheld from alerts where rule = :rule and event_id = :event
    union all
    select sequence, event_id, raised_at, known, withheld from alerts
    where rule = :rule and company_id = :company and label = :label and raised_at > :since and event_id <> :event
    order by sequence
"""


def note(db: Database, kinds: Mapping[str, str], now: datetime) -> list[str]:
    """Note the rules (name -> kind) and return the names of those that came after the store's first run.

    It has run once it has polled a feed: rules written after `init` and before that are there from the start.
    """
    first = meta.put_once(db, NOTED, to_text(now)) or not scalar(db, "select exists (select 1 from polls)")
    came = []
    for name, kind in kinds.items():
        row = {"name": name, "kind": kind, "now": to_text(now), "new": None if first else to_text(now)}
        sql = "insert or ignore into rules (name, kind, first_seen_at, new_since) values (:name, :kind, :now, :new)"
        if db.execute(sql, row).rowcount and not first:
            came.append(name)
        db.execute("update rules set kind = :kind where name = :name and kind <> :kind", row)
    return came


def noted(db: Database) -> dict[str, Row]:
    """Return the rules by name, as noted: kind, first_seen_at, and new_since for those that came later."""
    return {row["name"]: row for row in rows(db, "select * from rules")}


def new_since(db: Database, rule: str) -> str | None:
    """Return when a rule came, if that was after the store's first run."""
    found = scalar(db, "select new_since from rules where name = ?", [rule])
    return None if found is None else str(found)


def state(db: Database, event_id: int, article_id: int | None = None) -> EventState:
    """Return an event as the rules look at it, the article in hand part of it; raises LookupError if there is none."""
    row = one(db, _EVENT, [event_id])
    if row is None:
        raise LookupError(f"no event {event_id}")
    lists = rows(db, "select list from watched where company_id = ?", [row["company_id"]])
    return EventState(
        id=row["id"],
        company=row["company"],
        label=Label(row["label"]),
        kind=Kind(row["kind"]),
        status=row["status"],
        announced_on=date.fromisoformat(row["announced_on"]),
        source_tier=row["source_tier"],
        reports=reports(db, event_id),
        facts=_facts(row),
        undoes=_undone(db, row),
        excluded=row["review_state"] == "excluded",
        is_copy=article_id is not None and _is_copy(db, event_id, article_id),
        lists=frozenset(found["list"] for found in lists),
    )


def lately(db: Database, event_id: int, since: datetime) -> list[Row]:
    """Return the live articles of an event that were first seen since then, with their entries, oldest first."""
    sql = """
        select a.id as article_id, n.id as entry_id, a.published_at from articles a
        join entries n on n.article_id = a.id and n.outcome = 'stored'
        where a.event_id = ? and a.origin = 'live' and n.first_seen_at >= ? order by n.first_seen_at, n.id
    """
    return rows(db, sql, [event_id, to_text(since)])


def reports(db: Database, event_id: int) -> int:
    """Return how many independent reports an event has: copies of one text are one, the texts of one publisher, too."""
    sql = """
        select max(1, min(count(distinct story), count(distinct publisher))) from event_voices where event_id = ?
    """
    return int(scalar(db, sql, [event_id]))


def past(db: Database, rule: str, event: EventState, *, now: datetime, midnight: datetime, cool_down_h: int) -> Past:
    """Return what was before the event came to a rule, `shadow` aside."""
    company_id = companies.find(db, event.company)
    since = to_text(now - timedelta(hours=cool_down_h))
    values = {"rule": rule, "event": event.id, "company": company_id, "label": event.label, "since": since}
    told = tuple(_told(row) for row in rows(db, _TOLD, values))
    return Past(told, sent_since(db, rule, midnight), mutes.why(db, rule, company_id, now))


def sent_since(db: Database, rule: str, midnight: datetime) -> int:
    """Return how many alerts a rule has raised since then that are not withheld."""
    sql = "select count(*) from alerts where rule = ? and raised_at >= ? and withheld is null"
    return int(scalar(db, sql, [rule, to_text(midnight)]))


def _told(row: Row) -> Told:
    before = None if row["known"] is None else msgspec.json.decode(row["known"], type=Known)
    return Told(row["event_id"], from_text(row["raised_at"]), before, row["withheld"])


def _facts(row: Row, names: Sequence[str] = _FACTS) -> Facts:
    return Facts(**{name: row[name] for name in names})


def _undone(db: Database, event: Row) -> Undone | None:
    """Return the first cut met going back along the event's links (event_chains does it for all events)."""
    at = event
    for _ in range(_LONGEST_CHAIN):
        if event["label"] == Label.CUT or at["linked_event_id"] is None:
            return None
        found = one(db, _EVENT, [at["linked_event_id"]])
        if found is None:
            return None
        if found["label"] == Label.CUT:
            days = date.fromisoformat(event["announced_on"]) - date.fromisoformat(found["announced_on"])
            return Undone(found["id"], days.days, _facts(found))
        at = found
    return None


def _is_copy(db: Database, event_id: int, article_id: int) -> bool:
    sql = """
        select exists (
          select 1 from event_articles ea join articles other on other.id = ea.article_id, articles mine
          where ea.event_id = :event and mine.id = :article and other.id <> mine.id and other.story_id = mine.story_id
        )
    """
    return bool(scalar(db, sql, {"event": event_id, "article": article_id}))
