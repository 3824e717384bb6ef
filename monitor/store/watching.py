"""Watch-lists: the employers that a person wants to hear of. Called inside units."""

from datetime import datetime

from sqlite_utils import Database

from monitor.clock import to_text
from monitor.store import companies
from monitor.store.rows import Row, rows, scalar


def add(db: Database, company: str, *, name: str, why: str | None, now: datetime) -> bool:
    """Return whether the employer is new on the list; one that the store has not met yet waits there for its news."""
    sql = "insert or ignore into watched (list, company_id, added_at, why) values (?, ?, ?, ?)"
    return bool(db.execute(sql, [name, companies.ensure(db, company), to_text(now), why]).rowcount)


def remove(db: Database, company: str, *, name: str) -> bool:
    """Return whether the employer was on the list."""
    sql = "delete from watched where list = ? and company_id = ?"
    return bool(db.execute(sql, [name, companies.find(db, company)]).rowcount)


def listing(db: Database) -> list[Row]:
    """Return who is watched, by list and name, with the number of events so far and the newest of them."""
    sql = """
        select w.list, c.name as company, w.why, w.added_at,
          count(e.id) as events, max(e.announced_on) as last_event_on
        from watched w join companies c on c.id = w.company_id
        left join events e on e.company_id = c.id and e.kind = 'event' and e.review_state <> 'excluded'
        group by w.list, c.id order by w.list, c.name
    """
    return rows(db, sql)


def size(db: Database, name: str) -> int:
    """Return how many employers a list has."""
    return int(scalar(db, "select count(*) from watched where list = ?", [name]))


def members(db: Database) -> dict[str, set[int]]:
    """Return the numbers of the employers on each list."""
    found: dict[str, set[int]] = {}
    for row in rows(db, "select list, company_id from watched"):
        found.setdefault(row["list"], set()).add(row["company_id"])
    return found
