"""The history of an employer as it is read: events with their sources and corrections, notes, follow-ups."""

import json
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection
from datetime import date
from typing import Final

from sqlite_utils import Database

from monitor.model import FollowUp, Label, since_then
from monitor.store.companies import find
from monitor.store.rows import Row, one, rows

NEWEST: Final = 5  # notes named one by one

_CUTS: Final = """
    select e.id, e.company_id, e.announced_on from json_each(:cuts) asked cross join events e on e.id = asked.value
"""
_EMPLOYERS: Final = f"(select company_id from ({_CUTS}))"
_EVENTS: Final = f"""
    select company_id, announced_on, label from counted_events
    where company_id in {_EMPLOYERS} and announced_on <= date('now') order by company_id, announced_on, label
"""
_ARTICLES: Final = f"""
    select company_id, published_at, event_id from articles
    where company_id in {_EMPLOYERS} and label <> 'none' and review_state <> 'excluded' and published_at is not null
    order by company_id, published_at
"""


def employers(db: Database) -> list[str]:
    """Return the names of all employers that anything is known of."""
    return [row["name"] for row in rows(db, "select name from companies order by name")]


def employer(db: Database, name: str) -> Row | None:
    """Return the employer's figures, without regard to case; None if it is not known."""
    company_id = find(db, name)
    return None if company_id is None else one(db, "select * from companies_view where id = ?", [company_id])


def events(db: Database, company_id: int) -> list[Row]:
    """Return the employer's events that are not excluded, oldest first, with what `events_view` shows of each."""
    sql = """
        select v.* from events e join events_view v on v.id = e.id
        where e.company_id = ? and e.review_state <> 'excluded'
        order by e.announced_on, e.label <> 'cut', e.id
    """
    return rows(db, sql, [company_id])


def sources(db: Database, event_id: int) -> list[Row]:
    """Return what tells of an event: articles, and rows of files; best source first, then as they came; at most 100."""
    sql = """
        select 'article' as sort, a.id, a.title, a.publisher, coalesce(a.url, a.canonical_url) as url, a.published_at,
          a.source_tier, null as source_check
        from event_articles ea join articles a on a.id = ea.article_id
        where ea.event_id = :event and a.event_id = ea.event_id
        union all
        select 'row', id, null, publisher, url, announced_on, source_tier, source_check
        from accounts where event_id = :event
        order by 7, 6, 1, 2
        limit 100
    """
    return rows(db, sql, {"event": event_id})


def corrections(db: Database, event_id: int) -> list[Row]:
    """Return every change of an event, oldest first."""
    sql = "select field, old, new, why, by, corrected_at from corrections where event_id = ? order by id"
    return rows(db, sql, [event_id])


def claims(db: Database, company_id: int) -> list[Row]:
    """Return the rows of files that claim software to do the work of people, oldest first."""
    sql = """
        select n.* from notes_view n join accounts a on a.id = n.id
        where a.company_id = ? and a.kind = 'productivity_claim' and a.review_state <> 'excluded'
        order by n.announced_on, n.id
    """
    return rows(db, sql, [company_id])


def notes(db: Database, company_id: int) -> list[Row]:
    """Return what is said of the employer and tells of no event, newest first: articles, and rows of files."""
    sql = """
        select 'article' as sort, id, kind, label, title, publisher, coalesce(url, canonical_url) as url,
          substr(published_at, 1, 10) as day
        from articles where company_id = :company and event_id is null and review_state <> 'excluded'
        union all
        select 'row', id, kind, label, null, publisher, url, announced_on
        from accounts
        where company_id = :company and event_id is null and review_state <> 'excluded' and kind <> 'productivity_claim'
        order by 8 desc, 2 desc
    """
    return rows(db, sql, {"company": company_id})


def due_followups(db: Database, on: date, *, since: date | None = None, company: str | None = None) -> list[FollowUp]:
    """Return the follow-ups that are due on or before a day and that nothing has answered, oldest first.

    `since` leaves out those that were due before it, or before their cut was stored: what came due before anybody
    asked is history.
    """
    where = "where due_on <= :on and (answered_on is null or answered_on > :on)"
    if since is not None:
        stored = "(select date(e.first_seen_at) from events e where e.id = event_id)"
        where += f" and due_on >= max(:since, {stored})"
    return _asked(db, where, on, since=since.isoformat() if since else None, company=company)


def follow_ups(db: Database, on: date, *, company: str | None = None) -> list[FollowUp]:
    """Return all follow-ups of cuts, of one employer if it is named, as they stand on a day, oldest first."""
    return _asked(db, "where true", on, company=company)


def _asked(db: Database, where: str, on: date, *, company: str | None, since: str | None = None) -> list[FollowUp]:
    values: Row = {"on": on.isoformat(), "since": since}
    if company is not None:
        where += " and event_id in (select id from events where company_id = :company)"
        values["company"] = find(db, company)
    columns = "event_id, company, announced_on, months, due_on, answered_on"
    found = rows(db, f"select {columns} from followups_view {where} order by due_on, event_id", values)
    since_then = what_followed(db, {row["event_id"] for row in found})
    return [_follow_up(row | since_then[row["event_id"]], on) for row in found]


def what_followed(db: Database, cuts: Collection[int]) -> dict[int, Row]:
    """Return what `followups_view` says of each cut that does not depend on the months.

    What came later is read once for all cuts of an employer, and not for each: there may be thousands.
    """
    asked = {"cuts": json.dumps(sorted(cuts))}
    events = defaultdict[int, list[tuple[str, str]]](list)  # of each employer, in order
    for company, day, label in db.execute(_EVENTS, asked):
        events[company].append((day, label))
    articles = defaultdict[tuple[int, int | None], list[str]](list)  # when published: of each employer, of each event
    for company, published, event in db.execute(_ARTICLES, asked):
        articles[company, None].append(published)
        if event is not None:
            articles[company, event].append(published)

    def papers(of: tuple[int, int | None], day: str) -> int:
        found = articles.get(of, ())
        return len(found) - bisect_right(found, f"{day}~")  # which comes after all moments of the day

    told = {}
    for cut, company, day in db.execute(_CUTS, asked):
        later = events.get(company, ())
        at = bisect_right(later, (day, "cut"))  # on one day cuts come before what is none
        first = later[at] if at < len(later) else None
        number = papers((company, None), day) - papers((company, cut), day)
        told[cut] = {
            "events_found": len(later) - at,
            "articles_found": number,
            "first_label": first and first[1],
            "first_found_on": first and first[0],
            "found": since_then(len(later) - at, first, number),
        }
    return told


def _follow_up(row: Row, on: date) -> FollowUp:
    due = date.fromisoformat(row["due_on"])
    answered = row["answered_on"] is not None and row["answered_on"] <= on.isoformat()
    return FollowUp(
        event_id=row["event_id"],
        company=row["company"],
        announced_on=date.fromisoformat(row["announced_on"]),
        months=row["months"],
        due_on=due,
        state="answered" if answered else "due" if due <= on else "waiting",
        events_found=row["events_found"],
        articles_found=row["articles_found"],
        first_label=Label(row["first_label"]) if row["first_label"] else None,
        first_found_on=date.fromisoformat(row["first_found_on"]) if row["first_found_on"] else None,
        found=row["found"],
    )
