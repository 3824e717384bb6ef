"""Puts moments back into reach after the clock was set: nothing may wait longer than it ever has to."""

from datetime import datetime, timedelta
from typing import Final

from sqlite_utils import Database

from monitor.clock import LEAST_STEP, to_text

_DAY: Final = timedelta(hours=24)
_PAST: Final = timedelta(0)
_LONGEST: Final = (  # table, column, the longest legal wait from now
    ("feeds", "next_poll_at", _DAY * 1.1),  # the longest interval with its jitter
    ("feeds", "hold_until", _DAY),
    ("entries", "next_attempt_at", _DAY),
    ("hosts", "next_allowed_at", timedelta(seconds=300)),
    ("hosts", "hold_until", _DAY),
    ("hosts", "feeds_hold_until", _DAY),
    ("deliveries", "due_at", timedelta(hours=50)),
    ("messages", "next_attempt_at", timedelta(hours=84)),
    ("leases", "expires_at", timedelta(minutes=15)),
    ("hosts", "robots_fetched_at", _PAST),
    ("hosts", "robots_failed_at", _PAST),
    ("feeds", "last_polled_at", _PAST),
    ("feeds", "last_full_at", _PAST),
    ("feeds", "last_document_at", _PAST),
    ("feeds", "last_new_at", _PAST),
    ("feeds", "last_304_at", _PAST),
    ("feeds", "last_false_304_at", _PAST),
    ("feeds", "moved_since", _PAST),
    ("messages", "first_attempt_at", _PAST),
    ("channel_states", "failing_since", _PAST),
)
# What is counted from there: how long a receiver has failed, and by which clock a feed's next poll was planned.
_PATIENCE: Final = (
    ("messages", "first_attempt_at"),
    ("channel_states", "failing_since"),
    ("feeds", "last_polled_at"),
)
_WAITING: Final = {
    "mutes": "ended_at is null",
    "entries": "outcome is null and lease is null",
    "deliveries": "state = 'pending' and message_id is null",
    "messages": "state in ('pending', 'retrying', 'leased')",
}
# What waits, and when that was said: of what was said ahead of the clock it is known how long it was to wait.
_SAID: Final = (
    ("mutes", "until", "added_at"),
    ("feeds", "hold_until", "last_polled_at"),
    ("deliveries", "due_at", "(select a.raised_at from alerts a where a.id = deliveries.alert_id)"),
    ("messages", "next_attempt_at", "max(composed_at, coalesce(last_attempt_at, ''))"),
)
# What pauses are counted from: how often a rule may tell, what was told already, since when there is a rule.
_DATED: Final = (
    ("alerts", "raised_at"),
    ("rules", "first_seen_at"),
    ("mutes", "added_at"),
    ("messages", "composed_at"),
    ("messages", "last_attempt_at"),
    ("feeds", "last_ok_at"),
)
# Feeds polled later than :polled_after, or never, wait for their interval, or what their publishers wish for, and no
# longer.
_PLANNED: Final = """
    strftime('%Y-%m-%dT%H:%M:%fZ', :now,
      '+' || max(interval_s, min(coalesce(ttl_s, 0), 86400), coalesce(least_s, 0)) || ' seconds')
"""
_REPLAN: Final = f"""
    update feeds set next_poll_at = {_PLANNED}
    where coalesce(last_polled_at > :polled_after, true) and next_poll_at > {_PLANNED}
"""


def begin(db: Database, now: datetime) -> int:
    """Return how many moments were put right at a start, after a clock that was ahead and is so no longer.

    What was to wait from a moment ahead of now waits from now, as long; else a mute of a day would last a month, and an
    alert that was raised then keep others back until then. What nobody dated waits as `clamp` says.
    """
    waits = sum(_from_now(db, *said, now) for said in _SAID)
    return waits + _dated(db, now) + clamp(db, now)


def clamp(db: Database, now: datetime) -> int:
    """Return how many moments lay further ahead than they can have been set; each is now its longest wait from now.

    For the start and every minute (RELIABILITY.md T1). On a clock that was always right nothing is found. A feed that
    was polled in the future was also planned by that clock.
    """
    found = _replan(db, now, to_text(now + LEAST_STEP))
    return found + sum(_clamp(db, table, column, now + longest) for table, column, longest in _LONGEST)


def step(db: Database, by: timedelta, now: datetime) -> int:
    """Return how many moments were moved with the clock, which was set by so much and says `now`.

    What waits goes on waiting as long as it would have; and no feed longer than its interval, for one that was polled
    after the step was planned by the clock as it is now.
    """
    shifted = [*((table, column) for table, column, longest in _LONGEST if longest), *_PATIENCE]
    moved = sum(_shift(db, table, column, by) for table, column in shifted)
    moved += _from_now(db, *_SAID[0], now)  # a person's word, which no step before it moves
    return moved + _dated(db, now) + _replan(db, now, "") + clamp(db, now)


def _shift(db: Database, table: str, column: str, by: timedelta) -> int:
    sql = f"""
        update {table} set {column} = strftime('%Y-%m-%dT%H:%M:%fZ', {column}, ?)
        where {column} is not null and {_WAITING.get(table, "true")}
    """
    return int(db.execute(sql, [f"{by.total_seconds():+.3f} seconds"]).rowcount)


def _from_now(db: Database, table: str, column: str, said: str, now: datetime) -> int:
    """Move what was said ahead of the clock, and is to wait from then, so that it waits from now."""
    sql = f"""
        update {table} set {column} = strftime('%Y-%m-%dT%H:%M:%fZ',
          julianday(:now) + julianday({column}) - julianday({said}))
        where {column} >= {said} and {said} > :late and {_WAITING.get(table, "true")}
    """
    return int(db.execute(sql, {"now": to_text(now), "late": to_text(now + LEAST_STEP)}).rowcount)


def _dated(db: Database, now: datetime) -> int:
    """Date what is dated ahead of the clock as of now."""
    values = [to_text(now), to_text(now + LEAST_STEP)]
    return sum(
        int(db.execute(f"update {table} set {column} = ? where {column} > ?", values).rowcount)
        for table, column in _DATED
    )


def _replan(db: Database, now: datetime, polled_after: str) -> int:
    values = {"now": to_text(now), "polled_after": polled_after}
    return int(db.execute(_REPLAN, values).rowcount)


def _clamp(db: Database, table: str, column: str, latest: datetime) -> int:
    at = to_text(latest)
    waits = _WAITING.get(table, "true")  # the condition of an index, so that a minute's look costs little
    return int(db.execute(f"update {table} set {column} = ? where {column} > ? and {waits}", [at, at]).rowcount)
