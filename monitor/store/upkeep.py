"""How each chore of the daemon fared last, as rows. Called inside units."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

import msgspec
from sqlite_utils import Database

from monitor.clock import from_text, to_text
from monitor.store import meta
from monitor.store.rows import moment, one

Chore = Literal["backup", "retention"]
CREATED: Final = "created_at"  # key in meta: of the store, and so of its copies
RESTORED: Final = "restored_at"  # key in meta: when a copy was put in a store's place


@dataclass(frozen=True, slots=True)
class Standing:
    """How a chore fared."""

    since: datetime  # the store is there
    tried_at: datetime | None = None
    done_at: datetime | None = None
    failure: str | None = None  # of the last try
    told: dict[str, Any] | None = None  # what it brought when it went well last


def standing(db: Database, chore: Chore) -> Standing:
    """Return how a chore fared last."""
    since = from_text(meta.get(db, CREATED) or "2026-01-01T00:00:00.000Z")
    row = one(db, "select * from upkeep where chore = ?", [chore])
    if row is None:
        return Standing(since)
    told = msgspec.json.decode(row["told"])
    return Standing(since, from_text(row["tried_at"]), moment(row["done_at"]), row["failure"], told)


def note_done(db: Database, chore: Chore, told: dict[str, Any], now: datetime) -> None:
    """Write down that a chore went well, and what it brought."""
    _note(db, chore, to_text(now), to_text(now), None, msgspec.json.encode(told).decode())


def note_failed(db: Database, chore: Chore, why: str, now: datetime) -> None:
    """Write down that a chore failed, beside what it brought before."""
    _note(db, chore, to_text(now), None, why, None)


def _note(
    db: Database, chore: Chore, tried_at: str, done_at: str | None, failure: str | None, told: str | None
) -> None:
    db.execute(
        """
        insert into upkeep (chore, tried_at, done_at, failure, told) values (?, ?, ?, ?, coalesce(?, '{}'))
        on conflict (chore) do update set tried_at = excluded.tried_at, done_at = coalesce(excluded.done_at, done_at),
          failure = excluded.failure, told = coalesce(?, told)
        """,
        [chore, tried_at, done_at, failure, told, told],
    )
