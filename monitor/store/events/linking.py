"""What an event undoes, and where in its life it and what it undoes are."""

from datetime import UTC, date, datetime, time
from typing import Final, Literal

from sqlite_utils import Database

from monitor.clock import from_text
from monitor.events import Account, Answer, history_links, status
from monitor.model import LinkType
from monitor.store import companies
from monitor.store.events.correcting import Change, note, settled
from monitor.store.events.knowing import history
from monitor.store.rows import one, rows, scalar, update

_WORD: Final = ("rule", "source", "person")  # whose link it is; the last stands above all


def relink(db: Database, company: str, now: datetime, since: date = date.min) -> list[int]:
    """Set the links of an employer's history as they follow from its events; return the events that had none before.

    Of those from a day on: `since` is the earliest on which something changed; before it nothing can have.
    """
    company_id = companies.find(db, company)
    sql = """
        select exists (
          select 1 from events
          where company_id = ? and announced_on >= ? and (label <> 'cut' or linked_event_id is not null)
        )
    """
    if company_id is None or not scalar(db, sql, [company_id, since.isoformat()]):
        return []
    tied = []
    known = {event.id: event for event in history(db, company_id, since)}
    for event_id, found in history_links(known.values(), since).items():
        now_to = (found.event_id, found.link_type) if found else (None, None)
        before = known[event_id].linked_event_id, known[event_id].link_type
        if now_to != before and set_link(db, event_id, *now_to, now=now) and before[0] is None:
            tied.append(event_id)
    return tied


def set_link(  # noqa: PLR0913  # the link and whose word it is
    db: Database,
    event_id: int,
    linked_event_id: int | None,
    link_type: LinkType | None,
    *,
    by: Literal["rule", "source", "person"] = "rule",
    now: datetime | None = None,
    why: str = "by the rule of links",
) -> bool:
    """Return whether the event's link changed; None for both removes it.

    The rule changes neither a person's link nor one that a row of a file states, and such a row none of a person. The
    state of what is undone, and of what was, follows.
    """
    event = one(db, "select linked_event_id, link_type, link_by, updated_at from events where id = ?", [event_id])
    if event is None or _WORD.index(by) < _WORD.index(event["link_by"]):
        return False
    before = event["linked_event_id"]
    if (before, event["link_type"]) == (linked_event_id, link_type) and by == event["link_by"]:
        return False
    at = now or from_text(event["updated_at"])
    update(db, "events", event_id, {"linked_event_id": linked_event_id, "link_type": link_type, "link_by": by})
    if before is not None or by != "rule":  # the first link the rule finds changes nothing that was said
        words = f"{link_type or 'no link'}: {why}"
        note(db, event_id, Change("linked_event_id", before, linked_event_id, words, by), at)
    if before not in {None, linked_event_id}:
        restatus(db, before, at, f"event {event_id} no longer answers it")
    if linked_event_id is not None:
        restatus(db, linked_event_id, at, f"event {event_id} {_words(link_type)}")
    return True


def restatus(db: Database, event_id: int, now: datetime, why: str, source: Account | None = None) -> bool:
    """Return whether an event's state changed, after making it what follows from accounts, answers and the day."""
    event = one(db, "select * from events where id = ?", [event_id])
    if event is None:
        raise LookupError(f"no event {event_id}")
    stated = "disputed" if event["review_state"] == "disputed" else event["stated_status"] or event["status"]
    effective_on = date.fromisoformat(event["effective_on"]) if event["effective_on"] else None
    announced_on = date.fromisoformat(event["announced_on"])
    by_rule = status(stated, announced_on, effective_on, now.date(), _answers(db, event_id))
    found = settled(db, event_id, {"status"}).get("status") or by_rule
    if found == event["status"]:
        return False
    update(db, "events", event_id, {"status": found})
    if why:
        told = source if found == stated else None
        note(db, event_id, Change("status", event["status"], found, why, "source" if told else "rule", told), now)
    return True


def restatus_undone(db: Database, event_id: int, now: datetime) -> None:
    """Bring the state of what an event answers up to what the event is now."""
    linked = scalar(db, "select linked_event_id from events where id = ?", [event_id])
    if linked is not None:
        restatus(db, linked, now, f"event {event_id}, which answers it, changed")


def refresh_statuses(db: Database, today: date) -> int:
    """Return how many events changed their state because their day has come; to be asked once a day."""
    sql = "select id from events where status = 'planned' and effective_on <= ?"
    due = rows(db, sql, [today.isoformat()])
    now = datetime.combine(today, time(), UTC)
    return sum(restatus(db, row["id"], now, "the day it takes effect has come") for row in due)


def _answers(db: Database, event_id: int) -> list[Answer]:
    """Return what undoes an event; a rumour undoes nothing."""
    sql = """
        select link_type, announced_on from events
        where linked_event_id = ? and link_type in ('reverses', 'reverses_partly')
          and review_state <> 'excluded' and status <> 'rumoured'
    """
    return [Answer(row["link_type"], date.fromisoformat(row["announced_on"])) for row in rows(db, sql, [event_id])]


def _words(link_type: LinkType | None) -> str:
    return {"reverses_partly": "reverses it in part", "reverses": "reverses it"}.get(link_type or "", "answers it")
