"""A person's word on events: it is kept in `corrections`, and nothing that is read later changes it."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Final

from sqlite_utils import Database

from monitor.clock import to_text
from monitor.events.lifecycle import STAGES
from monitor.model import Label, Origin
from monitor.store.events import telling
from monitor.store.events.correcting import Change, as_stored, note
from monitor.store.events.joining import TOLD, add_article, insert_event, join, others_tell, rebuild
from monitor.store.events.linking import relink, restatus, restatus_undone
from monitor.store.rows import Row, one, rows, scalar, update

_BOUND: Final = frozenset({"source_tier", "stated_status", "quote", "quote_speaker", "quote_article_id"})
CORRECTABLE: Final = frozenset(TOLD) - _BOUND | {"status", "review_state"}

_CLOSED: Final[Mapping[str, Sequence[str]]] = {
    "label": (Label.CUT, Label.REVERSAL, Label.HYBRID),
    "date_precision": ("day", "month", "year"),
    "review_state": ("auto", "checked", "disputed", "excluded"),
    "status": STAGES,
}


def correct(db: Database, event_id: int, field: str, value: str | None, why: str, now: datetime) -> None:
    """Give a column of an event the value a person says it has, written as text; None: it is not known.

    Raises LookupError if there is no such event, ValueError for a column or value that cannot be. A quote cannot be
    corrected: it is verbatim.
    """
    event = _event(db, event_id)
    if field not in CORRECTABLE:
        raise ValueError(f"{field!r} cannot be corrected; what can is {', '.join(sorted(CORRECTABLE))}")
    if value not in _CLOSED.get(field, (value,)):
        raise ValueError(f"{value!r} is not one of {', '.join(_CLOSED[field])}")
    if field in {"announced_on", "effective_on"} and value is not None:
        value = date.fromisoformat(value).isoformat()
    stored = as_stored(field, value)
    note(db, event_id, Change(field, event[field], stored, why, "person"), now)
    update(db, "events", event_id, {field: stored, "updated_at": to_text(now)})
    if field != "review_state":
        _checked(db, event_id)
    restatus(db, event_id, now, why)
    restatus_undone(db, event_id, now)
    relink(db, event["company"], now)


def exclude(db: Database, event_id: int, why: str, now: datetime) -> None:
    """Take an event out of all counts; what tells of it later is taken with it and alerts nobody."""
    correct(db, event_id, "review_state", "excluded", why, now)
    db.execute("update events set retired_at = null where id = ? and link_type is not 'duplicates'", [event_id])


def merge(db: Database, event_id: int, into: int, why: str, now: datetime) -> None:
    """Make an event part of another of the same employer: what tells of it now tells of that one.

    The first is excluded, keeps its number and alerts, and says what it is a duplicate of; `split` undoes it.
    """
    event, other = _event(db, event_id), _event(db, into)
    if event_id == into or event["company_id"] != other["company_id"] or event["kind"] != other["kind"]:
        raise ValueError(f"event {event_id} and event {into} are not two of one employer and one kind")
    for one_of_them in (event, other):
        if one_of_them["retired_at"] is not None:
            raise ValueError(f"event {one_of_them['id']} is retired: nothing tells of it, or it was merged already")
    for row in rows(db, "select id from articles where event_id = ?", [event_id]):
        _move(db, row["id"], into, now)
    db.execute("update accounts set event_id = ? where event_id = ?", [into, event_id])
    _hand_over(db, event_id, into, why, now)
    note(db, event_id, Change("review_state", event["review_state"], "excluded", why, "person"), now)
    note(db, event_id, Change("linked_event_id", event["linked_event_id"], into, f"duplicates: {why}", "person"), now)
    _put_away(db, event_id, into, now)
    if event["linked_event_id"] is not None:
        restatus(db, event["linked_event_id"], now, f"event {event_id}, which answered it, is part of event {into}")
    rebuild(db, into, now, f"event {event_id} is the same", by_person=True)
    _checked(db, into)
    relink(db, event["company"], now)


def split(db: Database, event_id: int, article_id: int, why: str, now: datetime) -> int:
    """Return the event an article tells of after it was taken from another; raises LookupError if it tells not of it.

    The event it told of before a merge, or else a new one.
    """
    event = _event(db, event_id)
    told = next((one for one in telling.accounts(db, event_id) if one.article_id == article_id), None)
    if told is None:
        raise LookupError(f"article {article_id} does not tell of event {event_id}")
    if not others_tell(db, event_id, article_id):
        raise ValueError(f"nothing else tells of event {event_id}")
    db.execute("update articles set event_id = null where id = ?", [article_id])
    db.execute("delete from event_articles where event_id = ? and article_id = ?", [event_id, article_id])
    former = scalar(db, _FORMER, {"event": event_id, "article": article_id})
    if former is None:
        made = insert_event(db, told.draft, article_id=article_id, origin=Origin(event["origin"]), now=now)
    else:
        made = int(former)
        update(db, "events", made, {"linked_event_id": None, "link_type": None, "link_by": "rule"})
        join(db, made, told.draft, article_id=article_id, now=now)
    note(db, made, Change("articles", None, f"article {article_id}", why, "person"), now)
    note(db, event_id, Change("articles", f"article {article_id}", None, f"to event {made}: {why}", "person"), now)
    rebuild(db, event_id, now, f"article {article_id} tells of event {made}", by_person=True)
    _checked(db, event_id)
    _checked(db, made)
    relink(db, event["company"], now)
    return made


_FORMER: Final = """
    select e.id from events e join event_articles ea on ea.event_id = e.id
    where ea.article_id = :article and e.linked_event_id = :event and e.link_type = 'duplicates'
"""


def _event(db: Database, event_id: int) -> Row:
    sql = "select e.*, c.name as company from events e join companies c on c.id = e.company_id where e.id = ?"
    event = one(db, sql, [event_id])
    if event is None:
        raise LookupError(f"no event {event_id}")
    return event


def _move(db: Database, article_id: int, into: int, now: datetime) -> None:
    """Let an article tell of another event; that it told of the first stays noted there."""
    db.execute("update articles set event_id = null where id = ?", [article_id])
    add_article(db, into, article_id, now)


def _hand_over(db: Database, event_id: int, into: int, why: str, now: datetime) -> None:
    """Let what answered an event answer what it becomes part of; a link that a person set is noted, for `hand_back`."""
    unlinked: Row = {"linked_event_id": None, "link_type": None, "link_by": "rule"}
    sql = "select id, link_by from events where linked_event_id = ? and retired_at is null"
    for answer in rows(db, sql, [event_id]):
        if answer["id"] == into:
            update(db, "events", into, unlinked)
            continue
        update(db, "events", answer["id"], {"linked_event_id": into})
        if answer["link_by"] != "rule":
            words = f"event {event_id} is part of event {into}: {why}"
            note(db, answer["id"], Change("linked_event_id", event_id, into, words), now)


def hand_back(db: Database, event_id: int, into: int, why: str, now: datetime) -> None:
    """Let what a merge made answer another event, though a person had linked it to this one, answer this one again."""
    sql = """
        select e.id from events e join corrections c on c.event_id = e.id
        where e.linked_event_id = :into and e.link_by <> 'rule' and c.by = 'rule' and c.old = :event and c.new = :into
          and c.id = (select max(id) from corrections where event_id = e.id and field = 'linked_event_id')
    """
    for answer in rows(db, sql, {"event": str(event_id), "into": str(into)}):
        update(db, "events", answer["id"], {"linked_event_id": event_id})
        words = f"event {event_id} is no part of event {into}: {why}"
        note(db, answer["id"], Change("linked_event_id", into, event_id, words), now)


def _put_away(db: Database, event_id: int, into: int, now: datetime) -> None:
    changes: Row = {"review_state": "excluded", "retired_at": to_text(now), "updated_at": to_text(now)}
    linked: Row = {"linked_event_id": into, "link_type": "duplicates", "link_by": "person"}
    update(db, "events", event_id, changes | linked)


def _checked(db: Database, event_id: int) -> None:
    db.execute("update events set review_state = 'checked' where id = ? and review_state = 'auto'", [event_id])
