"""How a host is being treated: when it may be asked next, and what has been asked of it today. Reads, never writes."""

from datetime import datetime
from typing import Final

from sqlite_utils import Database

from monitor.clock import utc_now
from monitor.identity import canonical_url, queue_key
from monitor.store.budgets import day_of
from monitor.store.queues import STATES
from monitor.store.robots import RESTS_UNTIL
from monitor.store.rows import Row, moment, one, scalar
from monitor.store.sightings import politeness_key

_HOST: Final = f"""
    select h.crawl_delay_s, h.robots_state, h.robots_fetched_at, h.robots_failed_at,
      {RESTS_UNTIL} as robots_rest_until
    from (select :host as host) asked left join hosts h on h.host = asked.host
"""
_WAITING: Final = """
    with of_queue (host) as (select host from hosts where queue = :queue union select :host)
    select (select count(*) from entries n, of_queue o where n.outcome is null and n.lease is null and n.host = o.host)
      + (select count(*) from entries n, leases l where n.lease = l.token and l.queue = :queue)
"""
# The feed of this address, or the one that lists it.
_FEED: Final = """
    select f.url as feed, case when f.pages_day = :day then f.pages_count else 0 end as feed_pages_today from (
      select id from feeds where canonical_url = :address
      union all
      select * from (select feed_id from entries where canonical_url = :address and feed_id is not null
        order by outcome is not null, id limit 1)
      limit 1
    ) listed join feeds f on f.id = listed.id
"""


def courtesy_of(db: Database, url: str, now: datetime | None = None) -> Row:
    """Return how the host of a page or feed is treated, as a plain dictionary; moments as the store keeps them.

    Of its whole queue: `queue`, `leased`, `next_allowed_at`, `hold_until`, `feeds_hold_until`,
    `pages_today` (against `[network] host_daily_pages`), `waiting` (entries). Of the host: `host`, `crawl_delay_s`,
    `robots_state`, `robots_fetched_at`, `robots_age_s`, `robots_failed_at`, `robots_rest_until`. Of the feed that it
    is, or that lists it: `feed`, `feed_pages_today` (against `[network] feed_daily_pages`). What is not known is None;
    an address that needs no page has the host "".
    """
    at, host = now or utc_now(), politeness_key(url)
    asked = {"host": host, "queue": queue_key(url) if host else "", "day": day_of(at), "address": canonical_url(url)}
    state = one(db, f"with asked (queue) as (select :queue) {STATES}", asked)
    fresh = {"next_allowed_at": None, "hold_until": None, "feeds_hold_until": None, "pages_today": 0, "leased": 0}
    of_host = one(db, _HOST, asked) or {}
    fetched_at = moment(of_host["robots_fetched_at"])
    return {
        "queue": asked["queue"],
        "host": host,
        **(state or fresh),
        **of_host,
        "robots_age_s": (at - fetched_at).total_seconds() if fetched_at else None,
        "waiting": scalar(db, _WAITING, asked),
        **(one(db, _FEED, asked) or {"feed": None, "feed_pages_today": None}),
    }
