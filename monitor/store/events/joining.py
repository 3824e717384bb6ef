"""Events made of accounts, and made anew whenever one comes, goes or says something else."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from sqlite_utils import Database

from monitor.clock import to_text
from monitor.events import Account, Told, as_column, fold, is_shortened, reason
from monitor.events.folding import NUMBERS, UNSTATED, WORDS
from monitor.model import EventDraft, Origin
from monitor.store import companies
from monitor.store.events import telling
from monitor.store.events.correcting import Change, note, settled
from monitor.store.events.linking import restatus, restatus_undone
from monitor.store.rows import Row, insert, one, rows, scalar, update

TOLD: Final = (
    "label", "announced_on", "date_precision", "stated_status", "source_tier", "attribution_strength",
    "attribution_speaker", "quote_article_id", *(column for group in (*NUMBERS, *WORDS) for column in group),
)  # fmt: skip
_UNNOTED: Final = frozenset({"quote_article_id", "stated_status"})  # told with the quote, and as `status`


def insert_event(
    db: Database,
    draft: EventDraft,
    *,
    article_id: int | None = None,
    account_id: int | None = None,
    origin: Origin,
    now: datetime,
) -> int:
    """Return the id of a new event, told of by this article or account; its links are for `relink`."""
    draft = telling.verified(db, draft, article_id)
    told = fold([Account(draft, to_text(now), article_id=article_id, account_id=account_id)])
    reviewed = scalar(db, "select review_state from accounts where id = ?", [account_id])
    row: Row = {
        "company_id": companies.ensure(db, draft.company, draft.facts.parent),
        "kind": draft.kind,
        "status": draft.status,
        "origin": origin,
        "review_state": reviewed or "auto",
        "first_seen_at": to_text(now),
        "updated_at": to_text(now),
        **_columns(told),
    }
    event_id = insert(db, "events", row)
    _attach(db, event_id, article_id, account_id, now)
    restatus(db, event_id, now, "")
    return event_id


def join(
    db: Database,
    event_id: int,
    draft: EventDraft,
    *,
    article_id: int | None = None,
    account_id: int | None = None,
    now: datetime,
) -> None:
    """Add one more account to an event, which then is what all of them say; raises LookupError if there is none.

    An article that tells of another event must `leave` it first; until then it changes nothing here.
    """
    _name_in_full(db, event_id, draft, now)
    _attach(db, event_id, article_id, account_id, now)
    draft = telling.verified(db, draft, article_id)
    told = [
        replace(one, draft=draft) if article_id is not None and one.article_id == article_id else one
        for one in telling.accounts(db, event_id)
    ]
    if told:
        _settle(db, event_id, told, now, "told otherwise now")


def rebuild(db: Database, event_id: int, now: datetime, why: str, *, by_person: bool = False) -> None:
    """Make an event what the accounts say that there are now; `why` is for what is told otherwise than before.

    Without an account it is retired: excluded, for its number is never used again and alerts may speak of it. One
    that was retired stands again. What a person reviewed is only filled in, unless a person chose other accounts; if he
    left none, only what he excluded stays as it is.
    """
    told = telling.accounts(db, event_id)
    if told:
        _settle(db, event_id, told, now, why, keep=not by_person)
        return
    event = _event(db, event_id)
    stays = _reviewed(event) and (event["review_state"] == "excluded" or not by_person)
    if event["retired_at"] is None and not stays:
        gone: Row = {"review_state": "excluded", "retired_at": to_text(now), "updated_at": to_text(now)}
        update(db, "events", event_id, gone)
        db.execute("update articles set event_id = null where event_id = ?", [event_id])  # copies and reports of it
        restatus_undone(db, event_id, now)
        update(db, "events", event_id, {"linked_event_id": None, "link_type": None, "link_by": "rule"})


def add_article(db: Database, event_id: int, article_id: int, now: datetime) -> None:
    """Note that the article tells of the event; idempotent."""
    db.execute(
        "insert or ignore into event_articles (event_id, article_id, added_at) values (?, ?, ?)",
        [event_id, article_id, to_text(now)],
    )
    db.execute("update articles set event_id = ? where id = ? and event_id is null", [event_id, article_id])


def add_copies(db: Database, event_id: int, article_id: int, now: datetime) -> int:
    """Return how many copies of an article, which told of no event yet, are of its event now.

    None of another employer is, nor one a person has reviewed.
    """
    sql = """
        select other.id from articles a join events e on e.id = :event
        join articles other on other.story_id = a.story_id and other.event_id is null
          and (other.company_id is null or other.company_id = e.company_id)
          and other.review_state in ('auto', 'needs_review')
        where a.id = :article
    """
    found = rows(db, sql, {"event": event_id, "article": article_id})
    for row in found:
        add_article(db, event_id, row["id"], now)
    return len(found)


def leave(db: Database, event_id: int, article_id: int) -> None:
    """Note that the article tells of the event no more; where it was the last, it stays as what once was told."""
    db.execute("update articles set event_id = null where id = ? and event_id = ?", [article_id, event_id])
    db.execute(
        """
        delete from event_articles where event_id = :event and article_id = :article
          and (exists (select 1 from articles where event_id = :event)
            or exists (select 1 from accounts where event_id = :event))
        """,
        {"event": event_id, "article": article_id},
    )


def others_tell(db: Database, event_id: int, article_id: int) -> bool:
    """Return whether any other article or account tells of the event."""
    sql = """
        select exists (select 1 from articles where event_id = :event and id <> :article)
          or exists (select 1 from accounts where event_id = :event)
    """
    return bool(scalar(db, sql, {"event": event_id, "article": article_id}))


def _name_in_full(db: Database, event_id: int, draft: EventDraft, now: datetime) -> None:
    """Give the event the employer's longer name, where it has it cut short: "Kestrel Parcel" for "Kestrel".

    Not where the shorter name has other events: one history is not torn in two.
    """
    event = _event(db, event_id)
    name = str(scalar(db, "select name from companies where id = ?", [event["company_id"]]))
    if len(draft.company) <= len(name) or not is_shortened(name, draft.company) or _reviewed(event):
        return
    others = "select exists (select 1 from events where company_id = ? and id <> ? and retired_at is null)"
    if scalar(db, others, [event["company_id"], event_id]):
        return
    update(db, "events", event_id, {"company_id": companies.ensure(db, draft.company, draft.facts.parent)})
    note(db, event_id, Change("company", name, draft.company, "the name in full", "rule"), now)


def _attach(db: Database, event_id: int, article_id: int | None, account_id: int | None, now: datetime) -> None:
    if article_id is not None:
        add_article(db, event_id, article_id, now)
    if account_id is not None:
        db.execute("update accounts set event_id = ? where id = ?", [event_id, account_id])


def _settle(  # the event, its accounts, and how they are to be written
    db: Database, event_id: int, accounts: Sequence[Account], now: datetime, why: str, *, keep: bool = True
) -> None:
    """Write what all accounts say, each change with whose word it is; a person's word stands above all of them.

    With `keep` what a person reviewed is only filled in, never replaced.
    """
    event = _event(db, event_id)
    told = fold(accounts)
    wanted = _columns(told)
    if keep and _reviewed(event):
        wanted = {column: value for column, value in wanted.items() if _replaceable(column, event[column])}
    wanted |= settled(db, event_id, TOLD)
    changes = {column: value for column, value in wanted.items() if event[column] != value}
    for column in sorted(changes.keys() - _UNNOTED):
        if (by := told.get(column)) is not None:
            words = reason(column, event[column], by, accounts, why)
            change = Change(column, event[column], changes[column], words, "source", by.by)
        else:
            change = Change(column, event[column], changes[column], why)
        note(db, event_id, change, now)
    if event["retired_at"] is not None:
        changes |= {"review_state": "auto", "retired_at": None}
        _forget_former(db, event_id)
    update(db, "events", event_id, changes | {"updated_at": to_text(now)})
    restatus(db, event_id, now, why, source=told["stated_status"].by)
    restatus_undone(db, event_id, now)


def _replaceable(column: str, value: object) -> bool:
    return column == "source_tier" or value is None or value == UNSTATED.get(column)


def _columns(told: Mapping[str, Told]) -> Row:
    return {column: as_column(told[column].value) if column in told else UNSTATED.get(column) for column in TOLD}


def _event(db: Database, event_id: int) -> Row:
    event = one(db, "select * from events where id = ?", [event_id])
    if event is None:
        raise LookupError(f"no event {event_id}")
    return event


def _reviewed(event: Row) -> bool:
    return event["review_state"] != "auto" and event["retired_at"] is None


def _forget_former(db: Database, event_id: int) -> None:
    """Take away the article that was kept as what once was told of an event, now that others tell of it."""
    db.execute(
        """
        delete from event_articles where event_id = :event
          and article_id not in (select id from articles where event_id = :event)
        """,
        {"event": event_id},
    )
