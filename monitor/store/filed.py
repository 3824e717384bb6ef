"""Rows of files as they are kept: what an import put in, and which of its rows' events answer which. Inside units."""

from collections.abc import Iterator
from dataclasses import fields
from datetime import datetime
from typing import Final

import msgspec
from sqlite_utils import Database

from monitor.events import employer_key
from monitor.model import FiledAccount, LinkType, Origin
from monitor.store import accounts, companies
from monitor.store.accounts import NewAccount
from monitor.store.rows import Row, one, rows, scalar, update

_SHARED: Final = {part.name for part in fields(NewAccount)} & {part.name for part in fields(FiledAccount)}
_SPOKEN: Final = "exists (select 1 from corrections where event_id = e.id and by = 'person')"
_BESIDE: Final = ("linked_external_id", "link_type")


def find(db: Database, external_id: str) -> Row | None:
    """Return the row that is kept under a name, with its employer's name; None if there is none."""
    sql = """
        select a.*, c.name as company from accounts a left join companies c on c.id = a.company_id
        where a.external_id = ?
    """
    return one(db, sql, [external_id])


def put(db: Database, filed: FiledAccount, origin: Origin, now: datetime) -> int:
    """Return the id of a row that was not kept before."""
    shared = {name: getattr(filed, name) for name in _SHARED}
    account_id, _ = accounts.put(db, NewAccount(company=filed.facts.company, origin=origin, **shared), now)
    update(
        db,
        "accounts",
        account_id,
        {name: getattr(filed, name) for name in _BESIDE} | {"replaced": _json(filed.replaced)},
    )
    return account_id


def changes(kept: Row, filed: FiledAccount) -> Row:
    """Return the columns that a row of the same name has otherwise now; its employer is not among them. Pure."""
    now: Row = {
        "label": filed.label.value,
        "kind": filed.kind.value,
        "status": filed.status,
        "announced_on": filed.announced_on.isoformat(),
        "date_precision": filed.date_precision,
        "facts": _json(filed.facts),
        "url": filed.url,
        "publisher": filed.publisher,
        "source_tier": filed.source_tier,
        "source_check": filed.source_check,
        "review_state": filed.review_state,
        **{name: getattr(filed, name) for name in _BESIDE},
    }
    return {name: value for name, value in now.items() if kept[name] != value}


def same_employer(kept: Row, filed: FiledAccount) -> bool:
    """Return whether both name one employer, or none; pure."""
    ours, theirs = kept["company"], filed.facts.company
    return employer_key(ours or "") == employer_key(theirs or "")


def stated_links(db: Database, company: str) -> Iterator[tuple[int, int, LinkType]]:
    """Yield the links that rows state between two events of an employer: event, the one it answers, how.

    Those a person has set or taken away are not among them; of two rows of an event the first is believed.
    """
    sql = """
        select e.id as event, other.id as answered, a.link_type, min(a.id)
        from accounts a
        join accounts b on b.external_id = a.linked_external_id
        join events e on e.id = a.event_id
        join events other on other.id = b.event_id
        where a.company_id = ? and a.link_type is not null and e.link_by <> 'person' and e.id <> other.id
          and e.company_id = other.company_id and e.review_state <> 'excluded' and other.review_state <> 'excluded'
        group by e.id
    """
    for row in rows(db, sql, [companies.find(db, company)]):
        yield row["event"], row["answered"], row["link_type"]


def release_links(db: Database, company: str) -> None:
    """Leave to the rule of links what rows stated once, where none does any more or what it answered is gone."""
    sql = """
        update events set link_by = 'rule' where company_id = ? and link_by = 'source' and not exists (
          select 1 from accounts a
          join accounts b on b.external_id = a.linked_external_id
          join events other on other.id = b.event_id
          where a.event_id = events.id and a.link_type is not null and other.id <> events.id
            and other.company_id = events.company_id and other.retired_at is null
        )
    """
    db.execute(sql, [companies.find(db, company)])


def reviewed_by_a_person(db: Database, kept: Row) -> bool:
    """Return whether a person has had his word on the event of a kept row, which the row had not."""
    sql = f"""
        select exists (
          select 1 from events e where id = ? and retired_at is null and (review_state not in ('auto', ?) or {_SPOKEN})
        )
    """
    return bool(scalar(db, sql, [kept["event_id"], kept["review_state"]]))


def take_over(db: Database, account_id: int, before: str, now: str) -> None:
    """Give the event of a row the row's review state, where it has the one the row had before, or none."""
    sql = f"""
        update events as e set review_state = ? where review_state in ('auto', ?) and retired_at is null
          and not {_SPOKEN} and id = (select event_id from accounts where id = ?)
    """
    db.execute(sql, [now, before, account_id])


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
