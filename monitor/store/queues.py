"""Hosts in the queue of their registrable domain: whose turn counts together. Part of `leases` and `courtesy`.

One request at a time, one rest, one hold and one daily budget for all hosts of a queue; robots.txt stays with each
host (RFC 9309 2.3).
"""

from typing import Final

from sqlite_utils import Database

from monitor.identity import queue_key
from monitor.store.rows import rows

# Hosts where entries wait, by a loose index scan: one seek per host, however many entries wait there.
WAITING_HOSTS: Final = """
    with recursive waiting (host) as (
      select min(host) from entries where outcome is null and lease is null
      union all
      select (select min(host) from entries where outcome is null and lease is null and host > w.host)
      from waiting w where w.host is not null
    )
"""
# What the hosts of a queue have together, one row for each queue of a table `asked (queue)`; needs :day.
STATES: Final = """
    select q.queue, max(q.next_allowed_at) as next_allowed_at, max(q.hold_until) as hold_until,
      max(q.feeds_hold_until) as feeds_hold_until,
      sum(case when q.pages_day = :day then q.pages_count else 0 end) as pages_today,
      exists (select 1 from leases l where l.queue = q.queue) as leased
    from hosts q where q.queue in (select queue from asked) group by q.queue
"""


def join(db: Database, host: str) -> None:
    """Give a host its row with the queue it belongs to; one that has it keeps it."""
    values = [host, queue_key(f"http://{host}") if host else ""]
    db.execute("insert into hosts (host, queue) values (?, ?) on conflict do update set queue = excluded.queue", values)


def join_all(db: Database) -> None:
    """Give every host where entries wait its row: whoever puts an entry into the ledger need not think of it."""
    sql = f"""
        {WAITING_HOSTS} select w.host from waiting w left join hosts h on h.host = w.host
        where w.host is not null and h.queue is null
    """
    for row in rows(db, sql):
        join(db, row["host"])
