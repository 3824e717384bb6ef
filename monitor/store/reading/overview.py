"""The state of things: the last four weeks, week by week, what alerted, how the feeds fare."""

from datetime import date
from typing import Final

from sqlite_utils import Database

from monitor.identity import clean_text
from monitor.store.rows import Row, rows

_LIVE: Final = frozenset({"ok", "quiet"})  # answer, and list something


def between(db: Database, since: date, until: date) -> dict[str, Row]:
    """Return label -> events, companies, `stating` events that state a number of jobs, and the sums of these.

    What counts is `trend_events` and nothing else, so that pages, trends and alerts never disagree.
    `soft` is the sum of upper ends and estimates, `firm` that of all others, `vague` of which are not exact; the sums
    are never added. Both days count.
    """
    sql = """
        select t.label, count(*) as events, count(distinct t.company_id) as companies,
          sum(e.jobs_qualifier <> 'none_stated') as stating,
          coalesce(sum(case when e.jobs_qualifier in ('exact', 'about', 'at_least', 'range') then e.jobs_count end), 0)
            as firm,
          sum(e.jobs_qualifier in ('about', 'at_least', 'range')) as vague,
          coalesce(sum(case when e.jobs_qualifier in ('up_to', 'estimate', 'hundreds')
            then coalesce(e.jobs_count_max, e.jobs_count) end), 0) as soft
        from trend_events t join events e on e.id = t.id
        where t.date_precision = 'day' and t.announced_on between ? and ? group by 1
    """
    return {row["label"]: row for row in rows(db, sql, [since.isoformat(), until.isoformat()])}


def set_apart(db: Database, since: date, until: date) -> int:
    """Return how many events of these days, both included, histories show and `between` does not count."""
    sql = """
        select count(*) from counted_events e
        where e.date_precision = 'day' and e.announced_on between ? and ? and e.id not in (select id from trend_events)
    """
    return int(db.execute(sql, [since.isoformat(), until.isoformat()]).fetchone()[0])


def alerts(db: Database, since: str, limit: int = 20) -> list[Row]:
    """Return the alerts raised since a moment, last first."""
    sql = """
        select id, rule, label, company, raised_at, headline, event_id, state from alerts_view
        where raised_at >= ? order by raised_at desc limit ?
    """
    return rows(db, sql, [since, limit])


def feed_states(db: Database) -> Row:
    """Return how many feeds are in each state (`states`), in all (`feeds`), `live`, and when one was last asked."""
    sql = """
        select case when last_polled_at is null then 'not asked yet' else state end as state, count(*) as number,
          max(last_polled_at) as at
        from feeds where removed_at is null group by 1
    """
    found = {row["state"]: row for row in rows(db, sql)}
    return {
        "states": {state: row["number"] for state, row in found.items()},
        "feeds": sum(row["number"] for row in found.values()),
        "live": sum(row["number"] for state, row in found.items() if state in _LIVE),
        "last_polled_at": max((row["at"] for row in found.values() if row["at"]), default=None),
    }


def employers(db: Database, letters: str, limit: int = 60) -> list[Row]:
    """Return employers with an event that counts, the latest first: all, or those whose name has these letters in it.

    The numbers are those of `companies_view`.
    """
    sql = """
        with last as materialized (
          select e.company_id as id, max(e.announced_on) as on_day, e.date_precision
          from counted_events e join companies c on c.id = e.company_id
          where :like = '' or instr(c.name_key, :like) group by e.company_id
          order by 2 desc, 1 limit :limit
        )
        select c.id, c.name, last.on_day as last_event_on, last.date_precision,
          sum(e.label = 'cut') as cuts, sum(e.label = 'reversal') as reversals, sum(e.label = 'hybrid') as hybrids
        from last join companies c on c.id = last.id join counted_events e on e.company_id = c.id
        group by c.id order by last.on_day desc, c.id
    """
    return rows(db, sql, {"like": clean_text(letters).casefold(), "limit": limit})
