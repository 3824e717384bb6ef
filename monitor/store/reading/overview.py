"""The state of things: the last four weeks, week by week, what alerted, how the feeds fare."""

from datetime import date
from typing import Final

from sqlite_utils import Database

from monitor.identity import clean_text
from monitor.store.reading import listed
from monitor.store.rows import Row, one, rows

# As `weekly_view` counts: events of kind event whose day is known, excluded ones not.
_COUNTED: Final = "kind = 'event' and review_state <> 'excluded' and date_precision = 'day'"
_LABELS: Final = "label in ('cut', 'reversal', 'hybrid')"
_SOFT: Final = "('up_to', 'estimate', 'hundreds')"
_HELD: Final = frozenset({"function", "country"})


def between(db: Database, since: date, until: date) -> dict[str, Row]:
    """Return label -> events, companies, `stating` events that state a number of jobs, and the sums of these.

    `soft` is the sum of upper ends and estimates, `firm` that of all others, `vague` of which are not exact; the sums
    are never added. Both days count.
    """
    sql = f"""
        select label, count(*) as events, count(distinct company_id) as companies,
          count(jobs_count) as stating,
          coalesce(sum(case when jobs_qualifier not in {_SOFT} then jobs_count end), 0) as firm,
          sum(jobs_count is not null and jobs_qualifier not in {_SOFT} and jobs_qualifier <> 'exact') as vague,
          coalesce(sum(case when jobs_qualifier in {_SOFT} then coalesce(jobs_count_max, jobs_count) end), 0) as soft
        from events where {_LABELS} and {_COUNTED} and announced_on between ? and ? group by label
    """
    return {row["label"]: row for row in rows(db, sql, [since.isoformat(), until.isoformat()])}


def weekly(db: Database, since: date, until: date) -> dict[tuple[str, str], Row]:
    """Return (Monday, label) -> events, articles, companies and jobs of the weeks in which something was announced."""
    sql = f"""
        select date(announced_on, '-6 days', 'weekday 1') as monday, label, count(*) as events,
          count(distinct company_id) as companies, sum(jobs_count) as jobs
        from events where {_LABELS} and {_COUNTED} and announced_on between ? and ? group by 1, 2
    """
    return {(row["monday"], row["label"]): row for row in rows(db, sql, [since.isoformat(), until.isoformat()])}


def by(db: Database, column: str, since: date, until: date) -> list[Row]:
    """Return how many events of each label each function or country had, the most first; raises for other columns.

    An event in several countries ("AU;US") counts in each.
    """
    if column not in _HELD:
        raise ValueError(f"events are not counted by {column}")
    sql = f"""
        select trim(each.value) as name, sum(label = 'cut') as cuts, sum(label = 'reversal') as reversals,
          sum(label = 'hybrid') as hybrids, count(distinct company_id) as companies
        from events, {listed(column)} each where {_LABELS} and {_COUNTED} and announced_on between ? and ?
        group by 1 order by count(*) desc, 1 limit 30
    """
    return rows(db, sql, [since.isoformat(), until.isoformat()])


def by_employer(db: Database, since: date, until: date) -> list[Row]:
    """Return the employers with the most events, with how many of each label."""
    sql = f"""
        select c.id, c.name, sum(e.label = 'cut') as cuts, sum(e.label = 'reversal') as reversals,
          sum(e.label = 'hybrid') as hybrids
        from events e join companies c on c.id = e.company_id
        where e.{_LABELS} and {_COUNTED} and e.announced_on between ? and ?
        group by c.id order by count(*) desc, max(e.announced_on) desc, c.id limit 15
    """
    return rows(db, sql, [since.isoformat(), until.isoformat()])


def alerts(db: Database, since: str, limit: int = 20) -> list[Row]:
    """Return the alerts raised since a moment, last first."""
    sql = """
        select id, rule, label, company, raised_at, headline, event_id, state from alerts_view
        where raised_at >= ? order by raised_at desc limit ?
    """
    return rows(db, sql, [since, limit])


def feed_states(db: Database) -> Row:
    """Return how many feeds are in each state (`states`), in all (`feeds`), `live`, and when one was last asked."""
    sql = "select state, count(*) as number from feeds where removed_at is null group by state"
    states = {row["state"]: row["number"] for row in rows(db, sql)}
    last = one(db, "select max(last_polled_at) as at from feeds where removed_at is null")
    live = states.get("ok", 0) + states.get("quiet", 0)
    return {"states": states, "feeds": sum(states.values()), "live": live, "last_polled_at": last and last["at"]}


def employers(db: Database, letters: str, limit: int = 60) -> list[Row]:
    """Return employers with an event, the latest first: all, or those whose name has these letters in it."""
    sql = """
        with last as materialized (
          select e.company_id as id, max(e.announced_on) as on_day from events e join companies c on c.id = e.company_id
          where e.review_state <> 'excluded' and (:like = '' or instr(c.name_key, :like)) group by e.company_id
          order by 2 desc, 1 limit :limit
        )
        select c.id, c.name, last.on_day as last_event_on,
          sum(e.label = 'cut' and e.kind <> 'productivity_claim') as cuts,
          sum(e.label = 'reversal' and e.kind <> 'productivity_claim') as reversals,
          sum(e.label = 'hybrid' and e.kind <> 'productivity_claim') as hybrids
        from last join companies c on c.id = last.id join events e on e.company_id = c.id
        where e.review_state <> 'excluded'
        group by c.id order by last.on_day desc, c.id
    """
    return rows(db, sql, {"like": clean_text(letters).casefold(), "limit": limit})
