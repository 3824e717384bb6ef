"""What sources without a stored article say of employers: rows of an import or of the seed. Called inside units."""

from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Final, Literal

import msgspec
from sqlite_utils import Database

from monitor.clock import to_text
from monitor.model import DatePrecision, EventDraft, Facts, Kind, Label, Origin
from monitor.store import companies
from monitor.store.rows import Row, insert, one, scalar

_KINDS: Final = frozenset({Kind.EVENT, Kind.UPDATE, Kind.PRODUCTIVITY_CLAIM})


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAccount:
    """One row of a file before it is stored."""

    label: Label
    kind: Kind
    announced_on: date
    date_precision: DatePrecision
    source_tier: int  # 1..4
    origin: Origin  # imported or seed
    company: str | None = None
    facts: Facts = field(default_factory=Facts)
    status: str | None = None  # as the source has it
    external_id: str | None = None  # as the file names it; stored once
    url: str | None = None
    publisher: str | None = None
    source_check: str | None = None  # how far the source was read, in the file's words
    review_state: Literal["auto", "checked", "disputed", "excluded"] = "auto"


def put(db: Database, account: NewAccount, now: datetime) -> tuple[int, bool]:
    """Return the id of an account, and whether it is new; what the file names and is there is left as it is."""
    found = scalar(db, "select id from accounts where external_id = ?", [account.external_id])
    if found is not None:
        return int(found), False
    row: Row = {
        "external_id": account.external_id,
        "company_id": companies.ensure(db, account.company, account.facts.parent) if account.company else None,
        "label": account.label,
        "kind": account.kind,
        "status": account.status,
        "announced_on": account.announced_on.isoformat(),
        "date_precision": account.date_precision,
        "facts": msgspec.json.encode(account.facts).decode(),
        "url": account.url,
        "publisher": account.publisher,
        "source_tier": account.source_tier,
        "source_check": account.source_check,
        "review_state": account.review_state,
        "origin": account.origin,
        "added_at": to_text(now),
    }
    return insert(db, "accounts", row), True


def draft(db: Database, account_id: int) -> EventDraft | None:
    """Return what a stored account tells of an employer's action, or None if it is a note; raises LookupError."""
    row = one(
        db, "select a.*, c.name as company from accounts a left join companies c on c.id = company_id where a.id = ?",
        [account_id],
    )  # fmt: skip
    if row is None:
        raise LookupError(f"no account {account_id}")
    return draft_of(row)


def draft_of(row: Row) -> EventDraft | None:
    """Return the same of a row with its employer's name, `company`; pure.

    No quote is taken: what stands in no stored text cannot be shown to stand anywhere.
    """
    kind, label = Kind(row["kind"]), Label(row["label"])
    if kind not in _KINDS or label is Label.NONE or not row["company"] or row["review_state"] == "excluded":
        return None
    facts = msgspec.json.decode(row["facts"], type=Facts)
    return EventDraft(
        company=row["company"],
        label=label,
        kind=Kind.PRODUCTIVITY_CLAIM if kind is Kind.PRODUCTIVITY_CLAIM else Kind.EVENT,
        announced_on=date.fromisoformat(row["announced_on"]),
        date_precision=row["date_precision"],
        status=row["status"] or "announced",
        source_tier=row["source_tier"],
        facts=replace(facts, quote=None, quote_speaker=None),
        is_update=kind is Kind.UPDATE,
    )
