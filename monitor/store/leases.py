"""Handing entries out: at most one batch of a registrable domain at a time, each under a lease with an end.

A lease is a row; who holds a token that is no longer there may still bring content, but never moves the time at
which the host may be asked next. Part of the ledger; used through `entries`.
"""

import json
from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from secrets import token_hex
from typing import Final

from sqlite_utils import Database

from monitor.clock import from_text, to_text
from monitor.model import BATCH_VERSION, Batch, BatchItem, Reason, RobotsRules
from monitor.store import robots as robots_rows
from monitor.store import turns
from monitor.store.budgets import NO_PAGE, charge, day_of, give_back
from monitor.store.queues import STATES, WAITING_HOSTS, join
from monitor.store.robots import ASKABLE
from monitor.store.rows import Row, moment, one, rows, scalar, text_or_none

SOON: Final = 6  # handed out more often than that without a result, an entry waits for a day before each further time
MOST_ATTEMPTS: Final = 13  # and more often than that, it has failed: it may be what kills

_RESTING: Final = f"""
    {WAITING_HOSTS}, asked (queue) as (
      select h.queue from waiting w join hosts h on h.host = w.host
      where {ASKABLE} and exists (select 1 from entries n
        where n.outcome is null and n.lease is null and n.host = w.host and n.next_attempt_at <= :now)
    ), states as ({STATES})
    select min(next_allowed_at) from states
    where next_allowed_at > :now and not leased and (hold_until is null or hold_until <= :now)
"""


def claim(  # noqa: PLR0913  # the settings that bound a batch, each by its name
    db: Database,
    *,
    now: datetime,
    max_batches: int,
    max_items: int,
    lease_s: float,
    delay_s: float,
    deadline_s: float,
    host_daily_pages: int,
    feed_daily_pages: int,
    new_token: Callable[[], str] = token_hex,
) -> list[Batch]:
    """Return batches of entries whose time has come, leased: of a queue one host at a time, longest waiting first.

    Queues with a live lease, a hold or a spent daily budget are left alone (0: no budget), and hosts whose robots.txt
    could not be had. The attempt of each entry is counted here. Entries that need no page wait under the host "",
    outside budgets; without an address they come with the address "".
    """
    limits: Row = {"now": to_text(now), "day": day_of(now)}
    limits |= {"queue_pages": host_daily_pages, "feed_pages": feed_daily_pages}
    batches: list[Batch] = []
    for host, found in turns.next_batches(db, limits, max_batches, max_items):
        token = new_token()
        _lease(db, host, found, token, (now, now + timedelta(seconds=lease_s)))
        batches.append(
            Batch(
                version=BATCH_VERSION,
                host=host["host"],
                lease=token,
                deadline_s=deadline_s,
                delay_s=delay_s,
                robots=robots_rows.of_host(db, host["host"], now),
                items=tuple(_item(row, now) for row in found),
            )
        )
    return batches


def rest_s(db: Database, now: datetime) -> float | None:
    """Return the seconds until a queue with due entries has rested from its last request, or None if none rests.

    Queues that asked to be left alone, and hosts whose robots.txt could not be had, do not count.
    """
    limits = {"now": to_text(now), "day": day_of(now)}
    until = moment(scalar(db, _RESTING, limits))
    return (until - now).total_seconds() if until else None


def lease_is_live(db: Database, token: str) -> bool:
    """Return whether this token still stands for its host."""
    return scalar(db, "select 1 from leases where token = ?", [token]) is not None


def close_lease(
    db: Database,
    token: str,
    *,
    now: datetime,
    next_allowed_at: datetime,
    robots: RobotsRules | None = None,
    hold_until: datetime | None = None,
) -> bool:
    """Return whether the token was live; then its queue is free again from `next_allowed_at` on.

    A stale token moves nothing. Entries of the batch without a result wait again. `robots` is what the batch learnt.
    """
    lease = one(db, "select host from leases where token = ?", [token])
    if lease is None:
        return False
    _free(db, [token], now)
    asked(db, lease["host"], now=now, next_allowed_at=next_allowed_at, robots=robots, hold_until=hold_until)
    return True


def asked(
    db: Database,
    host: str,
    *,
    now: datetime,
    next_allowed_at: datetime,
    robots: RobotsRules | None = None,
    hold_until: datetime | None = None,
) -> None:
    """Write down what was learnt of a host that was asked just now, and from when on it may be asked again.

    Later where its robots.txt asks for longer pauses; a hold that lies further ahead stays.
    """
    join(db, host)
    if robots is not None:
        robots_rows.keep(db, host, robots, now)
    crawl_delay_s = scalar(db, "select crawl_delay_s from hosts where host = ?", [host]) or 0
    allowed_at = max(next_allowed_at, now + timedelta(seconds=crawl_delay_s))
    db.execute(
        """
        update hosts set next_allowed_at = :allowed,
          hold_until = case when :hold > coalesce(hold_until, '') then :hold else hold_until end
        where host = :host
        """,
        {"allowed": to_text(allowed_at), "hold": text_or_none(hold_until), "host": host},
    )


def abandon(db: Database, token: str, now: datetime | None = None) -> int:
    """Return how many entries of a batch that was not carried out wait again; their attempts are not counted."""
    held = rows(db, "select id from entries where lease = ? and outcome is null", [token])
    uncount(db, token, [row["id"] for row in held])
    _free(db, [token], now)
    return len(held)


def uncount(db: Database, token: str, entry_ids: Sequence[int]) -> None:
    """Take back the attempts, and the charge for them, of entries of a lease that were not tried."""
    give_back(db, token, entry_ids)
    sql = "update entries set attempts = max(0, attempts - 1) where id in (select value from json_each(?))"
    db.execute(sql, [json.dumps(list(entry_ids))])


def release_expired(db: Database, now: datetime, keep: Collection[str] = ()) -> int:
    """Return how many leases had run out; their entries wait again at once, the attempt counted.

    Those in `keep` are left: whoever asks is still at work on them.
    """
    sql = "select token from leases where expires_at <= ? and token not in (select value from json_each(?))"
    return _take_back(db, [row["token"] for row in rows(db, sql, [to_text(now), json.dumps(list(keep))])], now)


def give_up(db: Database, token: str, now: datetime) -> int:
    """Return how many leases were taken back, one or none, from a worker that died over its batch or never ended it."""
    return _take_back(db, [token], now)


def release_all(db: Database, now: datetime) -> int:
    """Return how many leases of an earlier process were taken back; for the owner's start, when no worker can live."""
    taken = _take_back(db, [row["token"] for row in rows(db, "select token from leases")], now)
    turns.renew(db)
    return taken


def _take_back(db: Database, tokens: list[str], now: datetime) -> int:
    """Return how many leases were taken back; what was handed out too often without a result waits long, or failed."""
    held = {"held": json.dumps(tokens), "most": MOST_ATTEMPTS, "now": to_text(now), "reason": Reason.EXTRACT_CRASHED}
    db.execute(
        """
        update entries set outcome = iif(article_id is null, 'failed', 'stored'), reason = :reason, ended_at = :now,
          lease = null, next_attempt_at = null,
          detail = 'handed out ' || attempts || ' times without a result'
        where outcome is null and attempts > :most and lease in (select value from json_each(:held))
        """,
        held,
    )
    leased = "outcome is null and attempts > ? and lease in (select value from json_each(?))"
    often = [row["id"] for row in rows(db, f"select id from entries where {leased}", [SOON, held["held"]])]
    _free(db, tokens, now)
    later = "update entries set next_attempt_at = ? where id in (select value from json_each(?))"
    db.execute(later, [to_text(now + timedelta(days=1)), json.dumps(often)])
    return len(tokens)


def _lease(db: Database, host: Row, found: list[Row], token: str, span: tuple[datetime, datetime]) -> None:
    issued, expires = span
    db.execute(
        "insert into leases (token, host, queue, issued_at, expires_at) values (?, ?, ?, ?, ?)",
        [token, host["host"], host["queue"], to_text(issued), to_text(expires)],
    )
    db.execute(
        "update entries set lease = ?, attempts = attempts + 1 where id in (select value from json_each(?))",
        [token, json.dumps([row["id"] for row in found])],
    )
    if host["host"] != NO_PAGE:
        charge(db, host["host"], (row["feed_id"] for row in found), day_of(issued))


def _free(db: Database, tokens: list[str], now: datetime | None) -> None:
    """Remove leases; what they held and has not ended waits again, due when it was, or at `now` if that is sooner."""
    held = json.dumps(tokens)
    db.execute(
        """
        update entries set lease = null, next_attempt_at = min(next_attempt_at, coalesce(?, next_attempt_at))
        where outcome is null and lease in (select value from json_each(?))
        """,
        [to_text(now) if now else None, held],
    )
    db.execute("delete from leases where token in (select value from json_each(?))", [held])


def _item(row: Row, now: datetime) -> BatchItem:
    return BatchItem(
        entry_id=row["id"],
        url=row["fetch_url"] or "",
        title=row["title"],
        summary=row["summary"],
        publisher=row["publisher"],
        published_at=None if row["date_guessed"] else moment(row["published_at"]),
        hops=row["hops"],
        waited_s=max(0.0, (now - from_text(row["waits_since"])).total_seconds()),
    )
