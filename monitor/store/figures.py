"""The figures of the ledger that the daemon shows to who watches over it. Each from an index or a small table."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlite_utils import Database

from monitor.clock import from_text
from monitor.store import meta, polls, upkeep
from monitor.store.rows import scalar

UNTOLD: Final = "polls_untold"  # key in meta: documents and failures of a store's polls before they were told apart

Counts = dict[tuple[str, ...], int]

_BY: Final = {
    "feeds": "select state, count(*) from feeds where removed_at is null group by 1",
    # First by feed, in the order of an index: a sixth of the time that one grouping of millions takes.
    "entries": """
      select coalesce(outcome, 'waiting'), coalesce(reason, ''), sum(number)
      from (select outcome, reason, count(*) as number from entries group by feed_id, outcome, reason) group by 1, 2
    """,
    "articles": "select label, kind, count(*) from articles group by 1, 2",
    "events": "select label, origin, count(*) from events group by 1, 2",
    "deliveries": "select channel, state, count(*) from deliveries_view group by 1, 2",
}
_POLLS: Final = """
    select coalesce(sum(polls - not_modified - unchanged), 0), coalesce(sum(not_modified), 0),
      coalesce(sum(unchanged), 0) from feeds
"""
_NEXT_POLL: Final = "select min(next_poll_at) from feeds where removed_at is null and gone_at is null"
_NEXT_ENTRY: Final = "select min(next_attempt_at) from entries where outcome is null and lease is null"
_NEXT_MESSAGE: Final = "select min(next_attempt_at) from messages where state in ('pending', 'retrying', 'leased')"


@dataclass(frozen=True, slots=True)
class Figures:
    """What the store held at one moment; the keys of counts are the values of their labels."""

    by: dict[str, Counts]
    polls: Counts  # by what they brought: document, not_modified, unchanged, failed; other: see `UNTOLD`
    alerts: int
    late_s: dict[str, float]  # by what is waited for: how long ago the first of it was due; 0: nothing is late
    backup_at: datetime | None
    backup_bytes: int | None
    failed: dict[str, bool]  # by chore: whether it failed when it was tried last
    sqlite: str


def begin(db: Database) -> None:
    """Tell documents and failures of polls apart from now on; writes once in the life of a store."""
    if meta.get(db, UNTOLD) is None:
        meta.put_once(db, UNTOLD, str(db.execute(_POLLS).fetchone()[0]))


def read(db: Database, now: datetime) -> Figures:
    """Return the figures as of now, in one snapshot."""
    backup, retention = upkeep.standing(db, "backup"), upkeep.standing(db, "retention")
    return Figures(
        by={name: {tuple(row[:-1]): row[-1] for row in db.execute(sql)} for name, sql in _BY.items()},
        polls=_polls(db),
        alerts=int(scalar(db, "select count(*) from alerts")),
        late_s={
            "poll": _late(db, _NEXT_POLL, now),
            "page": _late(db, _NEXT_ENTRY, now),
            "message": _late(db, _NEXT_MESSAGE, now),
        },
        backup_at=backup.done_at,
        backup_bytes=(backup.told or {}).get("bytes"),
        failed={"backup": backup.failure is not None, "retention": retention.failure is not None},
        sqlite=str(scalar(db, "select sqlite_version()")),
    )


def _polls(db: Database) -> Counts:
    """Return the numbers of polls by what they brought; none is counted twice, and none falls ever."""
    rest, not_modified, unchanged = db.execute(_POLLS).fetchone()
    other, failed = int(meta.get(db, UNTOLD) or 0), int(meta.get(db, polls.FAILED) or 0)
    brought = {"document": rest - other - failed, "not_modified": not_modified, "unchanged": unchanged}
    return {(result,): number for result, number in (brought | {"failed": failed, "other": other}).items()}


def _late(db: Database, sql: str, now: datetime) -> float:
    first = scalar(db, sql)
    return max(0.0, (now - from_text(first)).total_seconds()) if first else 0.0
