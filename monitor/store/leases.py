"""Handing entries out: at most one batch of a host at a time, each under a lease with an end.

A lease is a row; who holds a token that is no longer there may still bring content, but never moves the time at
which the host may be asked next. Part of the ledger; used through `entries`.
"""

import json
from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from secrets import token_hex
from typing import Final

from sqlite_utils import Database

from monitor.clock import to_text
from monitor.model import BATCH_VERSION, Batch, BatchItem, Reason, RobotsRules
from monitor.store import robots as robots_rows
from monitor.store.budgets import NO_PAGE, affordable, charge, day_of, give_back
from monitor.store.robots import ASKABLE
from monitor.store.rows import Row, moment, one, rows, scalar, text_or_none

MOST_ATTEMPTS: Final = 6  # handed out more often than that without a result, an entry has failed
_NO_LIMIT: Final = 2**31

# Hosts by a loose index scan: one seek per host, however many entries wait there.
_DUE_HOSTS: Final = f"""
    with recursive hosts_waiting (host) as (
      select min(host) from entries where outcome is null and lease is null
      union all
      select (select min(host) from entries where outcome is null and lease is null and host > w.host)
      from hosts_waiting w where w.host is not null
    )
    select w.host,
      (select min(next_attempt_at) from entries n
        where n.outcome is null and n.lease is null and n.host = w.host) as due_at,
      case when h.pages_day = :day then h.pages_count else 0 end as pages_count,
      h.robots_state, h.robots_text, h.robots_fetched_at, h.robots_failed_at
    from hosts_waiting w left join hosts h on h.host = w.host
    where w.host is not null and due_at <= :now
      and not exists (select 1 from leases l where l.host = w.host)
      and (h.next_allowed_at is null or h.next_allowed_at <= :now)
      and (h.hold_until is null or h.hold_until <= :now)
      and {ASKABLE}
      and (:host_pages = 0 or w.host = '' or h.pages_day is null or h.pages_day <> :day or h.pages_count < :host_pages)
    order by due_at, w.host
"""
_DUE_ENTRIES: Final = """
    select n.id, n.feed_id, n.fetch_url, n.title, n.summary, n.publisher, n.published_at, n.date_guessed, n.hops,
      case when f.pages_day = :day then f.pages_count else 0 end as feed_pages
    from entries n left join feeds f on f.id = n.feed_id
    where n.outcome is null and n.lease is null and n.host = :host and n.next_attempt_at <= :now
      and (:feed_pages = 0 or :host = '' or f.pages_day is null or f.pages_day <> :day or f.pages_count < :feed_pages)
    order by n.next_attempt_at, n.id limit :limit
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
    """Return batches of entries whose time has come, leased: one per host, longest waiting host first.

    Hosts with a live lease, a hold, a robots.txt that could not be had or a spent daily budget are left alone (0: no
    budget). The attempt of each entry is counted here. Entries that need no page wait under the host "", outside
    budgets; without an address they come with the address "".
    """
    limits = {"now": to_text(now), "day": day_of(now), "host_pages": host_daily_pages, "feed_pages": feed_daily_pages}
    limits["robots_before"] = robots_rows.askable_before(now)
    batches: list[Batch] = []
    for host in rows(db, _DUE_HOSTS, limits):
        if len(batches) == max_batches:
            break
        free = host["host"] == NO_PAGE
        room = host_daily_pages - host["pages_count"] if host_daily_pages and not free else _NO_LIMIT
        found = affordable(
            rows(db, _DUE_ENTRIES, {**limits, "host": host["host"], "limit": min(max_items, room)}),
            0 if free else feed_daily_pages,
        )
        if not found:
            continue
        token = new_token()
        _lease(db, host["host"], found, token, (now, now + timedelta(seconds=lease_s)))
        batches.append(
            Batch(
                version=BATCH_VERSION,
                host=host["host"],
                lease=token,
                deadline_s=deadline_s,
                delay_s=delay_s,
                robots=robots_rows.usable(host, now),
                items=tuple(_item(row) for row in found),
            )
        )
    return batches


def rest_s(db: Database, now: datetime) -> float | None:
    """Return the seconds until a host with due entries has rested from its last request, or None if none rests.

    Hosts that asked to be left alone, or whose robots.txt could not be had, do not count.
    """
    sql = f"""
        select min(h.next_allowed_at) from hosts h
        where h.next_allowed_at > :now and (h.hold_until is null or h.hold_until <= :now) and {ASKABLE}
          and not exists (select 1 from leases l where l.host = h.host)
          and exists (select 1 from entries n where n.outcome is null and n.lease is null and n.host = h.host
            and n.next_attempt_at <= :now)
    """
    until = moment(scalar(db, sql, {"now": to_text(now), "robots_before": robots_rows.askable_before(now)}))
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
    """Return whether the token was live; then its host is free again from `next_allowed_at` on.

    A stale token moves nothing. Entries of the batch without a result wait again. `robots` is what the batch fetched.
    """
    lease = one(db, "select host from leases where token = ?", [token])
    if lease is None:
        return False
    _free(db, [token], now)
    db.execute(
        """
        update hosts set next_allowed_at = :allowed,
          hold_until = case when :hold > coalesce(hold_until, '') then :hold else hold_until end
        where host = :host
        """,
        {"allowed": to_text(next_allowed_at), "hold": text_or_none(hold_until), "host": lease["host"]},
    )
    if robots is not None:
        robots_rows.keep(db, lease["host"], robots, now)
    return True


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


def release_all(db: Database, now: datetime) -> int:
    """Return how many leases of an earlier process were taken back; for the owner's start, when no worker can live."""
    return _take_back(db, [row["token"] for row in rows(db, "select token from leases")], now)


def _take_back(db: Database, tokens: list[str], now: datetime) -> int:
    """Return how many leases were taken back; what was handed out too often without a result has failed."""
    held = {"held": json.dumps(tokens), "most": MOST_ATTEMPTS, "now": to_text(now), "reason": Reason.EXTRACT_CRASHED}
    db.execute(
        """
        update entries set outcome = 'failed', reason = :reason, ended_at = :now, lease = null, next_attempt_at = null,
          detail = 'handed out ' || attempts || ' times without a result'
        where outcome is null and attempts > :most and lease in (select value from json_each(:held))
        """,
        held,
    )
    _free(db, tokens, now)
    return len(tokens)


def _lease(db: Database, host: str, found: list[Row], token: str, span: tuple[datetime, datetime]) -> None:
    issued, expires = span
    db.execute(
        "insert into leases (token, host, issued_at, expires_at) values (?, ?, ?, ?)",
        [token, host, to_text(issued), to_text(expires)],
    )
    db.execute(
        "update entries set lease = ?, attempts = attempts + 1 where id in (select value from json_each(?))",
        [token, json.dumps([row["id"] for row in found])],
    )
    if host != NO_PAGE:
        charge(db, host, (row["feed_id"] for row in found), day_of(issued))


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


def _item(row: Row) -> BatchItem:
    return BatchItem(
        entry_id=row["id"],
        url=row["fetch_url"] or "",
        title=row["title"],
        summary=row["summary"],
        publisher=row["publisher"],
        published_at=None if row["date_guessed"] else moment(row["published_at"]),
        hops=row["hops"],
    )
