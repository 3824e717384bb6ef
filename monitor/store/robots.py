"""The robots.txt of hosts as rows: which rules may still be used, which hosts rest without any. Part of `leases`."""

from datetime import datetime, timedelta
from typing import Final

from sqlite_utils import Database

from monitor.clock import to_text
from monitor.model import RobotsRules
from monitor.store.rows import Row, moment, one

FRESH: Final = timedelta(hours=24)  # RFC 9309 2.4
RETRY: Final = timedelta(hours=1)  # after robots.txt could not be had for the first time
LONGEST: Final = timedelta(hours=24)  # between two attempts, for however long it could not be had
STALE: Final = timedelta(days=30)  # how long the last rules serve on meanwhile (RELIABILITY.md C1)

# Until when a row h of `hosts` rests for want of its robots.txt, last asked for at robots_fetched_at and missing since
# robots_failed_at: for as long as it has been missing, an hour at least and a day at most. Null if it does not rest.
RESTS_UNTIL: Final = f"""
    case when h.robots_state = 'unreachable' then strftime('%Y-%m-%dT%H:%M:%fZ', h.robots_fetched_at, '+' ||
      max({RETRY.total_seconds()}, min({LONGEST.total_seconds()},
        coalesce(julianday(h.robots_fetched_at) - julianday(h.robots_failed_at), 0) * 86400)) || ' seconds') end
"""
# It has rules, or has rested long enough to be asked for them again at :now.
ASKABLE: Final = f"(h.robots_state is null or h.robots_state <> 'unreachable' or coalesce({RESTS_UNTIL}, '') <= :now)"


def rest(missing: timedelta) -> timedelta:
    """Return how long to leave a robots.txt alone that could not be had for so long; `RESTS_UNTIL` says the same."""
    return max(RETRY, min(LONGEST, missing))


def usable(host: Row, now: datetime) -> RobotsRules | None:
    """Return a host's rules if they may still be used, else None: to be fetched first; pure."""
    fetched, failed = moment(host["robots_fetched_at"]), moment(host["robots_failed_at"])
    if host["robots_state"] not in {"rules", "allow_all"} or fetched is None:
        return None
    resting = failed is not None and now - failed < rest(failed - fetched - FRESH) and now - fetched < STALE
    fresh = now - fetched < FRESH or resting
    rules = RobotsRules(host["robots_state"], host["robots_text"] or "", fetched, host["crawl_delay_s"])
    return rules if fresh else None


def of_host(db: Database, host: str, now: datetime) -> RobotsRules | None:
    """Return the rules of a host that may still be used, or None: to be fetched first."""
    sql = (
        "select robots_state, robots_text, robots_fetched_at, robots_failed_at, crawl_delay_s from hosts where host = ?"
    )
    row = one(db, sql, [host])
    return usable(row, now) if row else None


def keep(db: Database, host: str, robots: RobotsRules, now: datetime) -> None:
    """Write down what a batch learnt; when it could not be had, rules fetched within 30 days stay in force."""
    if robots.state == "unreachable":
        kept = db.execute(
            """
            update hosts set robots_failed_at = ?
            where host = ? and robots_state in ('rules', 'allow_all') and robots_fetched_at > ?
            """,
            [to_text(now), host, to_text(now - STALE)],
        ).rowcount
        if kept:
            return
    db.execute(
        """
        update hosts set robots_state = :state, robots_text = :text, robots_fetched_at = :at, crawl_delay_s = :delay,
          robots_failed_at = case when :state = 'unreachable' then coalesce(robots_failed_at, :at) end
        where host = :host
        """,
        {
            "state": robots.state,
            "text": robots.text or None,
            "at": to_text(robots.fetched_at or now),
            "delay": robots.crawl_delay_s,
            "host": host,
        },
    )
