"""Whose turn it is: of each queue the host that has waited longest, looked for only where something may be due.

A row of `turns` says before which moment its queue need not be looked at, and since when its longest waiting host can
have waited at most. Triggers set both back when anything changes that could make a queue ready sooner; what a look
finds out sets them forward again. So a look costs what is ready, and not what waits. Part of `leases`.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from heapq import heappop, heappush
from typing import Final

from sqlite_utils import Database

from monitor.store import meta
from monitor.store.budgets import NO_PAGE, affordable
from monitor.store.queues import WAITING_HOSTS, join, join_all
from monitor.store.robots import RESTS_UNTIL
from monitor.store.rows import Row, rows, scalar

NEVER: Final = "9999"  # of a queue under lease: the end of the lease sets it back
_NO_LIMIT: Final = 2**31
_BUDGETS: Final = "turns"  # key in meta: the day on which, and the budgets for which, the rows were made anew

_READY: Final = "select since, queue from turns where look_at <= ? order by since, queue"
_HOSTS: Final = f"""
    select h.host, h.next_allowed_at, h.hold_until, {RESTS_UNTIL} as rests_until,
      case when h.pages_day = :day then h.pages_count else 0 end as pages_today,
      (select min(next_attempt_at) from entries n
        where n.outcome is null and n.lease is null and n.host = h.host) as due_at
    from hosts h where h.queue = :queue
"""
_DUE_ENTRIES: Final = """
    select n.id, n.feed_id, n.fetch_url, n.title, n.summary, n.publisher, n.published_at, n.date_guessed, n.hops,
      coalesce(n.reread_at, n.first_seen_at) as waits_since,
      case when f.pages_day = :day then f.pages_count else 0 end as feed_pages
    from entries n left join feeds f on f.id = n.feed_id
    where n.outcome is null and n.lease is null and n.host = :host and n.next_attempt_at <= :now
      and (:feed_pages = 0 or :host = '' or f.pages_day is null or f.pages_day <> :day or f.pages_count < :feed_pages)
    order by n.next_attempt_at, n.id limit :limit
"""
_NOT_YET_DUE: Final = """
    select min(next_attempt_at) from entries
    where outcome is null and lease is null and host = :host and next_attempt_at > :now
"""
_ALL: Final = f"""
    {WAITING_HOSTS}
    insert into turns (queue, look_at, since)
    select queue, min(due_at), min(due_at) from (
      select h.queue, (select min(next_attempt_at) from entries n
        where n.outcome is null and n.lease is null and n.host = w.host) as due_at
      from waiting w join hosts h on h.host = w.host where w.host is not null
    ) group by queue
"""

# Since when a host could have been asked: its queue's turn over, then its own, and the host. In order of turns.
_Key = tuple[str, str, str]
_Bounds = tuple[str, str]  # look_at, since


@dataclass(slots=True)
class _Queue:
    """A queue as it is at this moment."""

    hosts: list[_Key]  # that can be asked now, the first in turn last
    since: str
    pages_today: int = 0
    again_at: str = NEVER  # when it is worth a look for the sake of other hosts
    waits: bool = True

    def bounds(self) -> _Bounds | None:
        """Return what is known of it once none of its hosts can be asked; None: nothing waits there."""
        return (self.again_at, self.since) if self.waits else None


def next_batches(db: Database, limits: Row, most: int, most_items: int) -> list[tuple[Row, list[Row]]]:
    """Return at most so many hosts with their queues, one of a queue, each with its entries that the budgets pay for.

    First come those that could have been asked for longest: of the queues by the end of their last turn, of their
    hosts likewise. `limits` are now, day, queue_pages, feed_pages (0: no budget). The queues returned are to be leased.
    """
    _check_budgets(db, limits)
    for row in rows(db, "select host from hosts where queue is null"):
        join(db, row["host"])
    chosen: list[tuple[Row, list[Row]]] = []
    learnt: dict[str, _Bounds | None] = {}
    turns = _Turns(db, limits, learnt)
    while len(chosen) < most and (turn := turns.take()):
        host, name, queue = turn
        if found := _entries(db, host, queue.pages_today, limits, most_items):
            chosen.append(({"host": host, "queue": name}, found))
            learnt[name] = NEVER, queue.since
        else:  # their feeds have spent their day
            later = scalar(db, _NOT_YET_DUE, {**limits, "host": host}) or NEVER
            queue.again_at = min(queue.again_at, _tomorrow(limits), later)
            turns.give_back(name, queue)
    turns.leave()
    _write(db, learnt)
    return chosen


def renew(db: Database) -> None:
    """Make the rows anew from what waits: for the start of the owner, for each day, and when other budgets hold."""
    join_all(db)
    db.execute("delete from turns")
    db.execute(_ALL)


class _Turns:
    """Hosts that can be asked, in order; a queue is looked at once none that is known of can come before it."""

    def __init__(self, db: Database, limits: Row, learnt: dict[str, _Bounds | None]) -> None:
        self._db, self._limits, self._learnt = db, limits, learnt
        self._ready = iter(db.execute(_READY, [limits["now"]]))
        self._next: tuple[str, str] | None = next(self._ready, None)
        self._looked_at: list[tuple[str, str, str, _Queue]] = []  # a heap: since when its next host waits, queue, host

    def take(self) -> tuple[str, str, _Queue] | None:
        """Return the next host in turn with its queue, which is then no longer among them; None if there is none."""
        while self._next and (not self._looked_at or self._next < self._looked_at[0]):
            name = self._next[1]
            self._next = next(self._ready, None)
            self.give_back(name, _look_at(self._db, name, self._limits))
        if not self._looked_at:
            return None
        _, name, host, queue = heappop(self._looked_at)
        return host, name, queue

    def give_back(self, name: str, queue: _Queue) -> None:
        """Have the next host of this queue come in its turn, or, where there is none, the queue put off."""
        if queue.hosts:
            since, _, host = queue.hosts.pop()
            heappush(self._looked_at, (since, name, host, queue))
        else:
            self._learnt[name] = queue.bounds()

    def leave(self) -> None:
        """Keep what is known of the queues that were looked at and not taken."""
        self._learnt |= {name: (queue.since, queue.since) for _, name, _, queue in self._looked_at}


def _look_at(db: Database, name: str, limits: Row) -> _Queue:
    """Return a queue as it is now."""
    hosts = rows(db, _HOSTS, {**limits, "queue": name})
    waiting = [host for host in hosts if host["due_at"]]
    if not waiting:
        return _Queue([], "", waits=False)
    turn = max(host["next_allowed_at"] or "" for host in hosts)
    keys = [(max(host["due_at"], turn), max(host["due_at"], host["next_allowed_at"] or ""), host["host"])
            for host in waiting]  # fmt: skip
    queue = _Queue([], min(keys)[0], sum(host["pages_today"] for host in hosts))
    if scalar(db, "select 1 from leases where queue = ?", [name]):
        return queue
    opens = max(turn, *(host["hold_until"] or "" for host in hosts))
    spent = limits["queue_pages"] and queue.pages_today >= limits["queue_pages"]
    for host, key in zip(waiting, keys, strict=True):
        at = max(host["due_at"], opens, host["rests_until"] or "")
        if spent and host["host"] != NO_PAGE:
            at = max(at, _tomorrow(limits))
        if at <= limits["now"]:
            queue.hosts.append(key)
        else:
            queue.again_at = min(queue.again_at, at)
    queue.hosts.sort(reverse=True)
    return queue


def _entries(db: Database, host: str, pages_today: int, limits: Row, most: int) -> list[Row]:
    """Return the due entries of a host that the budgets pay for."""
    free = host == NO_PAGE
    room = limits["queue_pages"] - pages_today if limits["queue_pages"] and not free else _NO_LIMIT
    asked = {**limits, "host": host, "limit": min(most, room)}
    return affordable(rows(db, _DUE_ENTRIES, asked), 0 if free else limits["feed_pages"])


def _check_budgets(db: Database, limits: Row) -> None:
    """Forget on each day, and when other budgets hold, what queues were put off for."""
    now = f"{limits['day']} {limits['queue_pages']} {limits['feed_pages']}"
    if meta.get(db, _BUDGETS) != now:
        renew(db)
        meta.put(db, _BUDGETS, now)


def _write(db: Database, learnt: dict[str, _Bounds | None]) -> None:
    known = [(*bounds, queue) for queue, bounds in learnt.items() if bounds]
    db.conn.executemany("update turns set look_at = ?, since = ? where queue = ?", known)
    db.conn.executemany(
        "delete from turns where queue = ?", [(queue,) for queue, bounds in learnt.items() if not bounds]
    )


def _tomorrow(limits: Row) -> str:
    """Return when the budgets of a day are those of the next; pure."""
    return f"{date.fromisoformat(limits['day']) + timedelta(days=1)}T00:00:00.000Z"
