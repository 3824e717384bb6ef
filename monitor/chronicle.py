"""Accounts of files -> events and notes of the store, in units of the one writer; history, so nothing of it alerts."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from hashlib import sha256
from typing import Any, Final

import msgspec

from monitor import accounts
from monitor.clock import to_text
from monitor.errors import StoreError
from monitor.model import FiledAccount, Origin
from monitor.pipeline import Runtime
from monitor.shipped import shipped
from monitor.store import Database, filed, meta
from monitor.store import accounts as account_store
from monitor.store import events as event_store
from monitor.store.rows import Row, update

COUNTED: Final = ("new_events", "joined", "notes", "known", "changed")
_SHIPPED: Final = "storage/seed/events.jsonl"
_EDITED: Final = date(2026, 12, 31)  # no shipped event is later, whatever a clock says
_DECISIVE: Final = frozenset({"label", "kind", "announced_on", "date_precision"})


async def step(runtime: Runtime, args: Mapping[str, Any]) -> dict[str, Any]:
    """Take in `{"accounts": [...]}`, or link the events of `{"companies": [...]}`; return what became of them.

    `{"new_events", "joined", "notes", "known", "changed": numbers, "refused": [{"external_id", "reason"}]}`
    """
    given = await asyncio.to_thread(msgspec.convert, args.get("accounts", []), list[FiledAccount])
    now = runtime.tools.clock()

    def unit(db: Database) -> dict[str, Any]:
        answer = enter(db, given, Origin.IMPORTED, now)
        for company in args.get("companies", []):
            link(db, company, now)
        return answer

    return await runtime.store.write(unit)


def load_shipped(db: Database, now: datetime) -> int:
    """Take in the shipped events that are not in the store yet, once for each edition of the file; return how many.

    What is there stays as it is: an event that a person excluded is not brought back by a newer edition.
    """
    body = shipped(_SHIPPED).read_bytes()
    edition = f"seed_events:{sha256(body).hexdigest()[:16]}"
    if not meta.put_once(db, edition, to_text(now)):
        return 0
    terms = accounts.load(max(now.date(), _EDITED))
    rows = [accounts.read(record, terms) for record in accounts.lined(body, _SHIPPED)]
    new = [row for row in rows if isinstance(row, FiledAccount) and filed.find(db, row.external_id) is None]
    if refused := [part for row in rows if isinstance(row, list) for part in row]:
        raise StoreError(f"{_SHIPPED}, line {refused[0].line}: {refused[0].right}; reinstall layoff-monitor")
    enter(db, new, Origin.SEED, now)
    for company in sorted({row.facts.company for row in new if row.facts.company}):
        link(db, company, now)
    return len(new)


def enter(db: Database, given: Sequence[FiledAccount], origin: Origin, now: datetime) -> dict[str, Any]:
    """Take accounts into the store; what is there already is left, or made what its row says now. Idempotent."""
    counts: Counter[str] = Counter(dict.fromkeys(COUNTED, 0))
    refused = []
    for account in given:
        kept = filed.find(db, account.external_id)
        if kept is None:
            account_id = filed.put(db, account, origin, now)
            counts[_place(db, account_id, account, origin, now)] += 1
        elif not filed.same_employer(kept, account):
            reason = f"a row of this event_id is there and is about {kept['company'] or 'no employer'}; give it another"
            refused.append({"external_id": account.external_id, "reason": reason})
        elif changes := filed.changes(kept, account):
            _change(db, kept, account, changes, now)
            counts["changed"] += 1
        else:
            counts["known"] += 1
    return {**counts, "refused": refused}


def link(db: Database, company: str, now: datetime) -> None:
    """Set the links of an employer's events: those their rows state, then what follows by the rule for the others."""
    filed.release_links(db, company)
    for event_id, answered, link_type in filed.stated_links(db, company):
        event_store.set_link(db, event_id, answered, link_type, by="source", now=now, why="so its source has it")
    event_store.relink(db, company, now)


def _place(db: Database, account_id: int, account: FiledAccount, origin: Origin, now: datetime) -> str:
    """Join a kept row to an event or make it the first of one; return what it became."""
    draft = account_store.draft(db, account_id) if account.is_event else None
    if draft is None:
        return "notes"
    found = event_store.found_again(db, draft)
    if found is None:
        event_store.insert_event(db, draft, account_id=account_id, origin=origin, now=now)
        return "new_events"
    event_store.join(db, found, draft, account_id=account_id, now=now)
    return "joined"


def _change(db: Database, kept: Row, account: FiledAccount, changes: Row, now: datetime) -> None:
    """Make a kept row what it says now; its event follows, and where it may be another, it is sought anew.

    What a person reviewed stays the row's event. What only the row called checked is what the row says now.
    """
    event_id, reviewed = kept["event_id"], filed.reviewed_by_a_person(db, kept)
    taken = "excluded" not in {kept["review_state"], account.review_state}
    stays = account.is_event and taken and (reviewed or not changes.keys() & _DECISIVE)
    update(db, "accounts", kept["id"], changes if stays else changes | {"event_id": None})
    if event_id is not None:
        by_row = not reviewed and {kept["review_state"], account.review_state} != {"auto"}
        event_store.rebuild(db, event_id, now, "its row was imported anew", by_person=by_row)
    if not stays:
        _place(db, kept["id"], account, Origin(kept["origin"]), now)
    filed.take_over(db, kept["id"], kept["review_state"], account.review_state)
