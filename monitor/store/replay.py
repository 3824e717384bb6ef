"""The accounts of events in the order in which they came, for rules to be tried on. Reads, never writes."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

import msgspec
from sqlite_utils import Database

from monitor.clock import from_text, to_text
from monitor.events import Account
from monitor.model import ClassifierId, Confidence, Facts, FollowUp, Kind, Label, LinkType, Verdict, since_then
from monitor.store.accounts import draft_of
from monitor.store.events import article_draft
from monitor.store.rows import Row, each, rows

# History, which never alerts, is taken as if it had come on the day it is dated.
_ARTICLES: Final = """
    select ea.event_id, a.id, a.story_id, a.publisher, a.source_tier, a.text_state, a.label, a.kind, a.rule, a.facts,
      a.is_seed, a.published_at, a.date_precision, a.first_seen_at, null as announced_on, null as status,
      a.origin <> 'live'
        or (length(a.published_at) >= 10 and julianday(a.first_seen_at) - julianday(a.published_at) > 7)
        or exists (select 1 from entries n where n.article_id = a.id and n.outcome = 'stored' and n.first_document)
        as is_history
    from event_articles ea join articles a on a.id = ea.article_id
    where a.event_id = ea.event_id and a.review_state <> 'excluded' and ea.event_id in touched
"""
_ROWS: Final = """
    select event_id, id, null, publisher, source_tier, null, label, kind, '', facts, 0, null, date_precision, added_at,
      announced_on, status, 1
    from accounts where event_id in touched and review_state <> 'excluded'
"""
_DATED: Final = """
    case length(published_at) when 4 then published_at || '-01-01' when 7 then published_at || '-01'
      else coalesce(announced_on, published_at, first_seen_at) end
"""
_TOUCHED: Final = """
    with touched (event_id) as materialized (
      select event_id from event_articles where added_at >= :since
      union select event_id from accounts where event_id is not null and added_at >= :since
    )
"""
_STREAM: Final = f"""
    {_TOUCHED} select *, iif(is_history, {_DATED}, first_seen_at) as at from ({_ARTICLES} union all {_ROWS})
    order by at, text_state is null, id
"""


@dataclass(frozen=True, slots=True)
class Stored:
    """What does not change about an event while its accounts come in."""

    id: int
    company: str
    company_id: int
    label: Label
    kind: Kind
    announced_on: date
    linked_event_id: int | None
    link_type: LinkType | None


@dataclass(frozen=True, slots=True)
class Came:
    """One account, when it came, and whether that was history."""

    event_id: int
    at: datetime
    publisher: str | None
    story: int | str  # those of one story are one voice
    account: Account | None  # None: an article that says nothing of the event, and is one more voice
    is_history: bool


class _Facts(msgspec.Struct):
    """The few facts that rules and headlines look at; the others are not worth their time here."""

    company: str | None = None
    jobs_count: int | None = None
    jobs_count_max: int | None = None
    jobs_qualifier: str = "none_stated"
    function: str | None = None
    country: str | None = None
    announced_on: date | None = None
    effective_on: date | None = None
    attribution_strength: str = "none"
    attribution_speaker: str | None = None


_BY: Final = ClassifierId("stored", "")


def events(db: Database, touched_since: datetime) -> dict[int, Stored]:
    """Return the events that count and that something was added to since, by number."""
    sql = f"""
        {_TOUCHED}
        select e.id, c.name as company, e.company_id, e.label, e.kind, e.announced_on, e.linked_event_id, e.link_type
        from touched cross join events e on e.id = touched.event_id join companies c on c.id = e.company_id
        where e.review_state <> 'excluded'
    """
    return {
        row["id"]: Stored(
            **{
                **row,
                "label": Label(row["label"]),
                "kind": Kind(row["kind"]),
                "announced_on": date.fromisoformat(row["announced_on"]),
            }
        )
        for row in rows(db, sql, {"since": to_text(touched_since)})
    }


def accounts(db: Database, known: dict[int, Stored], *, touched_since: datetime) -> Iterator[Came]:
    """Yield the accounts of these events, in the order in which they came.

    Only of events that something was added to since; of these, all accounts.
    """
    for row in each(db, _STREAM, {"since": to_text(touched_since)}):
        event = known.get(row["event_id"])
        if event is not None:
            story = f"row {row['id']}" if row["text_state"] is None else row["story_id"] or row["id"]
            told, old = _account(row, event), bool(row["is_history"])
            yield Came(event.id, _moment(row["at"]), row["publisher"], story, told, old)


def follow_ups(db: Database, since: date, until: date) -> list[FollowUp]:
    """Return the looks back at cuts that came due in this time and that nothing had answered by then, oldest first."""
    sql = """
        select d.event_id, c.name as company, d.announced_on, d.months, d.due_on,
          count(l.id) as events, min(l.announced_on || ' ' || l.label) as first_found
        from followup_dates d join companies c on c.id = d.company_id
        left join counted_events l
          on l.company_id = d.company_id and l.announced_on > d.announced_on and l.announced_on <= d.due_on
        where d.due_on between ? and ? and (d.answered_on is null or d.answered_on > d.due_on)
        group by d.event_id, d.months order by d.due_on, d.event_id
    """
    return [_follow_up(row) for row in rows(db, sql, [since.isoformat(), until.isoformat()])]


def _follow_up(row: Row) -> FollowUp:
    day, _, label = (row["first_found"] or "").partition(" ")
    return FollowUp(
        event_id=row["event_id"],
        company=row["company"],
        announced_on=date.fromisoformat(row["announced_on"]),
        months=row["months"],
        due_on=date.fromisoformat(row["due_on"]),
        state="due",
        events_found=row["events"],
        articles_found=0,
        first_label=Label(label) if label else None,
        first_found_on=date.fromisoformat(day) if day else None,
        found=since_then(row["events"], (day, label) if row["events"] else None, 0),
    )


def _account(row: Row, event: Stored) -> Account | None:
    if row["text_state"] is None:
        drafted = draft_of({**row, "company": event.company, "review_state": "auto"})
        return (
            None if drafted is None else Account(drafted, row["announced_on"], row["publisher"], account_id=row["id"])
        )
    drafted = article_draft(row, _verdict(row, event))
    if drafted is None:
        return None
    reported = row["published_at"] or row["first_seen_at"]
    return Account(drafted, reported, row["publisher"], row["story_id"] or row["id"], row["id"])


def _verdict(row: Row, event: Stored) -> Verdict:
    stated = msgspec.json.decode(row["facts"], type=_Facts)
    facts = Facts(**{**msgspec.structs.asdict(stated), "company": event.company})
    return Verdict(Label(row["label"]), Kind(row["kind"]), Confidence.LOW, 0.0, row["rule"], (), facts, {}, _BY)


def _moment(text: str) -> datetime:
    """Return the moment of a column; a day is its noon, which lies in no quiet hours."""
    return from_text(text if "T" in text else f"{text}T12:00:00Z")
