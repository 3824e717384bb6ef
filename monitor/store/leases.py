"""Handing entries out: at most one batch of a host at a time, each under a lease with an end.

A lease is a row; who holds a token that is no longer there may still bring content, but never moves the time at
which the host may be asked next. Part of the ledger; used through `entries`.
"""

import json
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from secrets import token_hex
from typing import Final

from sqlite_utils import Database

from monitor.clock import to_text
from monitor.model import BATCH_VERSION, Batch, BatchItem, RobotsRules
from monitor.store.rows import Row, moment, one, rows, scalar, text_or_none

ROBOTS_FRESH: Final = timedelta(hours=24)  # RFC 9309 2.4
ROBOTS_RETRY: Final = timedelta(hours=1)  # after robots.txt could not be had
ROBOTS_STALE: Final = timedelta(days=30)  # how long the last rules serve on meanwhile (RELIABILITY.md C1)
_NO_LIMIT: Final = 2**31

# Hosts by a loose index scan: one seek per host, however many entries wait there.
_DUE_HOSTS: Final = """
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
      and (:host_pages = 0 or h.pages_day is null or h.pages_day <> :day or h.pages_count < :host_pages)
    order by due_at, w.host
"""
_DUE_ENTRIES: Final = """
    select n.id, n.feed_id, n.fetch_url, n.title, n.summary, n.publisher, n.published_at, n.date_guessed, n.hops,
      case when f.pages_day = :day then f.pages_count else 0 end as feed_pages
    from entries n left join feeds f on f.id = n.feed_id
    where n.outcome is null and n.lease is null and n.host = :host and n.next_attempt_at <= :now
      and (:feed_pages = 0 or f.pages_day is null or f.pages_day <> :day or f.pages_count < :feed_pages)
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

    Hosts with a live lease, a hold or a spent daily budget are left alone (0: no budget). The attempt of each
    entry is counted here. Entries without an address wait under the host "" and come with the address "".
    """
    day = _day(now)
    limits = {"now": to_text(now), "day": day, "host_pages": host_daily_pages, "feed_pages": feed_daily_pages}
    batches: list[Batch] = []
    for host in rows(db, _DUE_HOSTS, limits):
        if len(batches) == max_batches:
            break
        room = host_daily_pages - host["pages_count"] if host_daily_pages else _NO_LIMIT
        found = _within_budget(
            rows(db, _DUE_ENTRIES, {**limits, "host": host["host"], "limit": min(max_items, room)}), feed_daily_pages
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
                robots=_usable_robots(host, now),
                items=tuple(_item(row) for row in found),
            )
        )
    return batches


def rest_s(db: Database, now: datetime) -> float | None:
    """Return the seconds until a host with due entries has rested from its last request, or None if none rests.

    Hosts that asked to be left alone do not count.
    """
    sql = """
        select min(h.next_allowed_at) from hosts h
        where h.next_allowed_at > :now and (h.hold_until is null or h.hold_until <= :now)
          and not exists (select 1 from leases l where l.host = h.host)
          and exists (select 1 from entries n where n.outcome is null and n.lease is null and n.host = h.host
            and n.next_attempt_at <= :now)
    """
    until = moment(scalar(db, sql, {"now": to_text(now)}))
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

    A stale token moves nothing. Entries of the batch without a result wait again. `robots` is what the batch
    fetched: when it could not be had, rules fetched within 30 days stay in force.
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
        _keep_robots(db, lease["host"], robots, now)
    return True


def abandon(db: Database, token: str, now: datetime | None = None) -> int:
    """Return how many entries of a batch that was not carried out wait again; their attempts are not counted."""
    given_back = db.execute(
        "update entries set attempts = max(0, attempts - 1) where lease = ? and outcome is null", [token]
    ).rowcount
    _free(db, [token], now)
    return int(given_back)


def release_expired(db: Database, now: datetime) -> int:
    """Return how many leases had run out; their entries wait again at once, the attempt counted."""
    found = rows(db, "select token from leases where expires_at <= ?", [to_text(now)])
    _free(db, [row["token"] for row in found], now)
    return len(found)


def release_all(db: Database, now: datetime) -> int:
    """Return how many leases of an earlier process were taken back; for the owner's start, when no worker can live."""
    found = rows(db, "select token from leases")
    _free(db, [row["token"] for row in found], now)
    return len(found)


def _lease(db: Database, host: str, found: list[Row], token: str, span: tuple[datetime, datetime]) -> None:
    issued, expires = span
    day = _day(issued)
    db.execute(
        "insert into leases (token, host, issued_at, expires_at) values (?, ?, ?, ?)",
        [token, host, to_text(issued), to_text(expires)],
    )
    ids = json.dumps([row["id"] for row in found])
    db.execute(
        "update entries set lease = ?, attempts = attempts + 1 where id in (select value from json_each(?))",
        [token, ids],
    )
    db.execute(
        """
        insert into hosts (host, pages_day, pages_count) values (:host, :day, :count)
        on conflict (host) do update set pages_day = :day,
          pages_count = :count + case when pages_day = :day then pages_count else 0 end
        """,
        {"host": host, "day": day, "count": len(found)},
    )
    for feed_id, count in Counter(row["feed_id"] for row in found).items():
        db.execute(
            """
            update feeds set pages_day = :day,
              pages_count = :count + case when pages_day = :day then pages_count else 0 end
            where id = :feed
            """,
            {"feed": feed_id, "day": day, "count": count},
        )


def _within_budget(found: list[Row], feed_daily_pages: int) -> list[Row]:
    """Return the rows that their feeds' daily budgets still pay for."""
    spent: dict[int | None, int] = {}
    kept = []
    for row in found:
        used = spent.setdefault(row["feed_id"], row["feed_pages"])
        if feed_daily_pages and row["feed_id"] is not None and used >= feed_daily_pages:
            continue
        spent[row["feed_id"]] = used + 1
        kept.append(row)
    return kept


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


def _usable_robots(host: Row, now: datetime) -> RobotsRules | None:
    """Return the host's rules if they may still be used, else None: to be fetched first."""
    fetched, failed = moment(host["robots_fetched_at"]), moment(host["robots_failed_at"])
    if host["robots_state"] is None or fetched is None:
        return None
    if host["robots_state"] == "unreachable":
        fresh = now - fetched < ROBOTS_RETRY
    else:
        resting = failed is not None and now - failed < ROBOTS_RETRY and now - fetched < ROBOTS_STALE
        fresh = now - fetched < ROBOTS_FRESH or resting
    return RobotsRules(host["robots_state"], host["robots_text"] or "", fetched) if fresh else None


def _keep_robots(db: Database, host: str, robots: RobotsRules, now: datetime) -> None:
    if robots.state == "unreachable":
        kept = db.execute(
            """
            update hosts set robots_failed_at = ?
            where host = ? and robots_state in ('rules', 'allow_all') and robots_fetched_at > ?
            """,
            [to_text(now), host, to_text(now - ROBOTS_STALE)],
        ).rowcount
        if kept:
            return
    db.execute(
        """
        update hosts set robots_state = ?, robots_text = ?, robots_fetched_at = ?, robots_failed_at = null
        where host = ?
        """,
        [robots.state, robots.text or None, to_text(robots.fetched_at or now), host],
    )


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


def _day(now: datetime) -> str:
    return now.astimezone(UTC).date().isoformat()
