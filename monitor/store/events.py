"""Events of employers, the articles that tell of them, and the links between them. Called inside units."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Final

from sqlite_utils import Database

from monitor.clock import to_text
from monitor.model import EventDraft, Facts, Kind, KnownEvent, Label, Origin
from monitor.store import companies
from monitor.store.rows import Row, insert, one, rows, scalar, update

# Columns that come from the facts of an article, in groups that are only ever taken together from one source.
_TOGETHER: Final = (
    ("jobs_count", "jobs_count_max", "jobs_qualifier"),
    ("jobs_implied", "jobs_formula"),
    ("fte_equivalent",),
    ("share_pct", "share_base"),
    ("headcount_before",),
    ("headcount_after",),
    ("action",),
    ("technology",),
    ("function",),
    ("country",),
    ("employment_form",),
    ("attribution_type",),
    ("attribution_strength", "attribution_speaker"),
    ("quote", "quote_speaker", "quote_article_id"),
    ("reason_given",),
)
_UNSTATED: Final = {"jobs_qualifier": "none_stated", "attribution_strength": "none"}
_NUMBERS: Final = frozenset(
    {"jobs_count", "jobs_implied", "fte_equivalent", "share_pct", "headcount_before", "headcount_after"}
)  # the heads of the groups in which a better source replaces a worse one

_KNOWN: Final = """
    select e.id, c.name as company, e.label, e.kind, e.announced_on, e.source_tier, e.jobs_count, e.function, e.country,
      e.attribution_strength, e.linked_event_id,
      (select count(distinct a.publisher) from event_articles ea join articles a on a.id = ea.article_id
        where ea.event_id = e.id) as publishers
    from events e join companies c on c.id = e.company_id
"""


def known(db: Database, company: str) -> list[KnownEvent]:
    """Return the employer's events that are not excluded, oldest first."""
    sql = f"{_KNOWN} where e.company_id = ? and e.review_state <> 'excluded' order by e.announced_on, e.id"
    return [_known(row) for row in rows(db, sql, [companies.find(db, company)])]


def retired(db: Database, company: str) -> list[KnownEvent]:
    """Return the employer's events that no article tells of any more (see `retire`)."""
    sql = f"{_KNOWN} where e.company_id = ? and e.retired_at is not null order by e.announced_on, e.id"
    return [_known(row) for row in rows(db, sql, [companies.find(db, company)])]


def as_known(db: Database, event_id: int) -> KnownEvent:
    """Return one event as it is now; raises LookupError if there is none."""
    row = one(db, f"{_KNOWN} where e.id = ?", [event_id])
    if row is None:
        raise LookupError(f"no event {event_id}")
    return _known(row)


def insert_event(db: Database, draft: EventDraft, *, article_id: int, origin: Origin, now: datetime) -> int:
    """Return the id of a new event, told of by this article."""
    row: Row = {
        "company_id": companies.ensure(db, draft.company, draft.facts.parent),
        "label": draft.label,
        "kind": draft.kind,
        "status": draft.status,
        "announced_on": draft.announced_on.isoformat(),
        "date_precision": draft.date_precision,
        "origin": origin,
        "source_tier": draft.source_tier,
        "first_seen_at": to_text(now),
        "updated_at": to_text(now),
        **_stated(draft.facts, article_id),
    }
    event_id = insert(db, "events", row)
    add_article(db, event_id, article_id, now)
    return event_id


def join(db: Database, event_id: int, draft: EventDraft, *, article_id: int, now: datetime) -> None:
    """Add one more article's account to an event: it fills what is empty; a better source's numbers win.

    A better source is one of a lower tier than any before it. Number and qualifier always come from one source.
    """
    event = one(db, "select * from events where id = ?", [event_id])
    if event is None:
        raise LookupError(f"no event {event_id}")
    changes = merged(event, _stated(draft.facts, article_id), better=draft.source_tier < event["source_tier"])
    changes |= {"source_tier": min(draft.source_tier, event["source_tier"]), "updated_at": to_text(now)}
    if event["status"] == "rumoured" and draft.status != "rumoured":
        changes["status"] = draft.status
    update(db, "events", event_id, changes)
    add_article(db, event_id, article_id, now)


def merged(event: Mapping[str, object], stated: Mapping[str, object], *, better: bool) -> Row:
    """Return the columns of an event that another account of it changes; pure."""
    changes: Row = {}
    for group in _TOGETHER:
        head = group[0]
        if _empty(head, stated[head]):
            continue
        if _empty(head, event[head]) or (better and head in _NUMBERS):
            changes |= {column: stated[column] for column in group}
    return changes


def add_article(db: Database, event_id: int, article_id: int, now: datetime) -> None:
    """Note that the article tells of the event; idempotent."""
    db.execute(
        "insert or ignore into event_articles (event_id, article_id, added_at) values (?, ?, ?)",
        [event_id, article_id, to_text(now)],
    )
    db.execute("update articles set event_id = ? where id = ? and event_id is null", [event_id, article_id])


def is_reviewed(db: Database, event_id: int) -> bool:
    """Return whether a person has had his word on the event."""
    sql = "select review_state <> 'auto' and retired_at is null from events where id = ?"
    return bool(scalar(db, sql, [event_id]))


def leave(db: Database, event_id: int, article_id: int) -> None:
    """Note that the article tells of the event no more; where it was the last, it stays as what once was told."""
    db.execute("update articles set event_id = null where id = ? and event_id = ?", [article_id, event_id])
    db.execute(
        """
        delete from event_articles where event_id = :event and article_id = :article
          and exists (select 1 from articles where event_id = :event)
        """,
        {"event": event_id, "article": article_id},
    )


def others_tell(db: Database, event_id: int, article_id: int) -> bool:
    """Return whether any other article tells of the event."""
    sql = "select exists (select 1 from articles where event_id = ? and id <> ?)"
    return bool(scalar(db, sql, [event_id, article_id]))


def tellers(db: Database, event_id: int) -> list[Row]:
    """Return the articles that tell of an event, in the order they were joined to it."""
    sql = """
        select a.id, a.label, a.kind, a.rule, a.facts, a.is_seed, a.source_tier, a.text_state, a.published_at,
          a.date_precision, a.first_seen_at
        from event_articles ea join articles a on a.id = ea.article_id
        where ea.event_id = ? and a.event_id = ea.event_id
        order by ea.added_at, a.id
    """
    return rows(db, sql, [event_id])


def refill(db: Database, event_id: int, accounts: Sequence[tuple[int, EventDraft]], now: datetime) -> None:
    """Make an event what these accounts say, as if they had been joined one after the other: (article, account).

    An event that was retired stands again. Without an account it is retired: excluded, for its number is never used
    again and alerts may speak of it.
    """
    changes: Row = {"updated_at": to_text(now)}
    if not accounts:
        changes |= {"review_state": "excluded", "retired_at": to_text(now), "linked_event_id": None, "link_type": None}
    for article_id, draft in accounts:
        stated = _stated(draft.facts, article_id)
        if "announced_on" not in changes:
            changes |= stated | {
                "announced_on": draft.announced_on.isoformat(),
                "date_precision": draft.date_precision,
                "status": draft.status,
                "source_tier": draft.source_tier,
            }
            continue
        changes |= merged(changes, stated, better=draft.source_tier < changes["source_tier"])
        changes["source_tier"] = min(draft.source_tier, changes["source_tier"])
        if changes["status"] == "rumoured":
            changes["status"] = draft.status
    update(db, "events", event_id, changes)
    if accounts:
        db.execute(
            "update events set review_state = 'auto', retired_at = null where id = ? and retired_at is not null",
            [event_id],
        )
        db.execute(
            """
            delete from event_articles where event_id = :event
              and article_id not in (select id from articles where event_id = :event)
            """,
            {"event": event_id},
        )


def set_link(db: Database, event_id: int, linked_event_id: int | None, link_type: str | None) -> bool:
    """Return whether the event's link changed; None for both removes it."""
    sql = """
        update events set linked_event_id = :to, link_type = :type
        where id = :id and (linked_event_id is not :to or link_type is not :type)
    """
    return bool(db.execute(sql, {"id": event_id, "to": linked_event_id, "type": link_type}).rowcount)


def _stated(facts: Facts, article_id: int) -> Row:
    """Return an account's columns; a quote names the article it stands in."""
    columns = [column for group in _TOGETHER for column in group if column != "quote_article_id"]
    return {
        **{column: getattr(facts, column) for column in columns},
        "quote_article_id": article_id if facts.quote else None,
    }


def _empty(column: str, value: object) -> bool:
    return value is None or value == _UNSTATED.get(column)


def _known(row: Row) -> KnownEvent:
    return KnownEvent(
        id=row["id"],
        company=row["company"],
        label=Label(row["label"]),
        announced_on=date.fromisoformat(row["announced_on"]),
        source_tier=row["source_tier"],
        publishers=row["publishers"],
        jobs_count=row["jobs_count"],
        function=row["function"],
        country=row["country"],
        attribution_strength=row["attribution_strength"],
        kind=Kind(row["kind"]),
        linked_event_id=row["linked_event_id"],
    )
