"""Puts moments back into reach after the clock was set back: nothing may wait longer than it ever has to."""

from datetime import datetime, timedelta
from typing import Final

from sqlite_utils import Database

from monitor.clock import to_text

_DAY: Final = timedelta(hours=24)
_LONGEST: Final = (  # table, column, the longest legal wait from now
    ("feeds", "next_poll_at", _DAY * 1.1),  # the longest interval with its jitter
    ("feeds", "hold_until", _DAY),
    ("entries", "next_attempt_at", _DAY),
    ("hosts", "next_allowed_at", timedelta(seconds=300)),
    ("hosts", "hold_until", _DAY),
    ("hosts", "robots_fetched_at", timedelta(0)),
    ("hosts", "robots_failed_at", timedelta(0)),
    ("deliveries", "next_attempt_at", timedelta(hours=84)),
    ("leases", "expires_at", timedelta(minutes=15)),
)
_WAITING: Final = {
    "entries": "outcome is null and lease is null",
    "deliveries": "state in ('pending', 'retrying', 'leased')",
}


def clamp(db: Database, now: datetime) -> int:
    """Return how many moments lay further ahead than they can have been set; each is now its longest wait from now.

    For the start and every minute (RELIABILITY.md T1). On a clock that was always right nothing is found.
    """
    return sum(_clamp(db, table, column, now + longest) for table, column, longest in _LONGEST)


def _clamp(db: Database, table: str, column: str, latest: datetime) -> int:
    at = to_text(latest)
    waits = _WAITING.get(table, "true")  # the condition of an index, so that a minute's look costs little
    return int(db.execute(f"update {table} set {column} = ? where {column} > ? and {waits}", [at, at]).rowcount)
