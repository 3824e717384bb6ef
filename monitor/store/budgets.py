"""How many pages a day a queue and a feed are asked for. Charged when entries are handed out; part of `leases`.

Written down per host; the hosts of one registrable domain draw on one budget. What needs no page waits under the
host "" and costs nothing.
"""

import json
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final

from sqlite_utils import Database

from monitor.store.rows import Row, one, rows

NO_PAGE: Final = ""  # the host of entries that need no page


def day_of(now: datetime) -> str:
    """Return the day whose budget a moment draws on, in UTC; pure."""
    return now.astimezone(UTC).date().isoformat()


def affordable(found: list[Row], feed_daily_pages: int) -> list[Row]:
    """Return the rows that their feeds' daily budgets still pay for (0: no budget); pure."""
    spent: dict[int | None, int] = {}
    kept = []
    for row in found:
        used = spent.setdefault(row["feed_id"], row["feed_pages"])
        if feed_daily_pages and row["feed_id"] is not None and used >= feed_daily_pages:
            continue
        spent[row["feed_id"]] = used + 1
        kept.append(row)
    return kept


def charge(db: Database, host: str, feed_ids: Iterable[int | None], day: str) -> None:
    """Write down pages that are asked for of a host, one for each of these feeds."""
    counts = Counter(feed_ids)
    _add(db, "hosts", "host", host, day, counts.total())
    for feed_id, count in counts.items():
        _add(db, "feeds", "id", feed_id, day, count)


def give_back(db: Database, token: str, entry_ids: Iterable[int]) -> None:
    """Take back the charge for entries of a lease that were not tried; what another day has begun stays."""
    lease = one(db, "select host, substr(issued_at, 1, 10) as day from leases where token = ?", [token])
    if lease is None or lease["host"] == NO_PAGE:
        return
    sql = "select feed_id from entries where id in (select value from json_each(?))"
    counts = Counter(row["feed_id"] for row in rows(db, sql, [json.dumps(list(entry_ids))]))
    _take(db, "hosts", "host", lease["host"], lease["day"], counts.total())
    for feed_id, count in counts.items():
        _take(db, "feeds", "id", feed_id, lease["day"], count)


def _add(db: Database, table: str, column: str, key: object, day: str, count: int) -> None:
    sql = f"""
        update {table} set pages_day = :day,
          pages_count = :count + case when pages_day = :day then pages_count else 0 end
        where {column} = :key
    """
    db.execute(sql, {"key": key, "day": day, "count": count})


def _take(db: Database, table: str, column: str, key: object, day: str, count: int) -> None:
    sql = f"update {table} set pages_count = max(0, pages_count - ?) where {column} = ? and pages_day = ?"
    db.execute(sql, [count, key, day])
