"""Events as pages show them: with their employer's number, the source of their quote, and what they undo."""

from collections.abc import Sequence
from typing import Final

from sqlite_utils import Database

from monitor.store.rows import Row, one, rows

MOST: Final = 200  # events of one employer, articles of one event

# The contract's columns as the view has them, and of the tables what leads from one page to another.
_SHOWN: Final = """
    select v.*, e.company_id, e.quote_article_id, e.first_seen_at, e.updated_at, e.retired_at,
      cut.announced_on as cut_on, cut.date_precision as cut_precision,
      coalesce(a.title, o.publisher, o.url) as source_title, a.publisher as source_publisher,
      coalesce(a.final_url, a.url, a.canonical_url, o.url) as source_url
    from json_each(:ids) asked
    join events_view v on v.id = asked.value
    join events e on e.id = v.id
    left join events cut on cut.id = v.reverses_event_id
    left join articles a on a.id = coalesce(e.quote_article_id,
      (select min(ea.article_id) from event_articles ea where ea.event_id = e.id))
    left join accounts o on a.id is null and o.id = (
      select id from accounts where event_id = e.id order by source_tier, id limit 1)
    order by asked.key
"""


def shown(db: Database, ids: Sequence[int]) -> list[Row]:
    """Return these events in this order: as `events_view` has them, with employer, source, and the cut they undo."""
    return rows(db, _SHOWN, {"ids": str(list(ids))})


def newest(db: Database, limit: int) -> list[Row]:
    """Return the last announced events of kind event that are not excluded."""
    sql = """
        select id from events where kind = 'event' and review_state <> 'excluded'
        order by announced_on desc, id desc limit ?
    """
    return shown(db, [row["id"] for row in rows(db, sql, [limit])])


def of_employer(db: Database, company_id: int) -> list[Row]:
    """Return the employer's events, first first, claims of productivity among them, excluded ones not."""
    sql = """
        select id from events where company_id = ? and review_state <> 'excluded' order by announced_on, id limit ?
    """
    return shown(db, [row["id"] for row in rows(db, sql, [company_id, MOST])])


def event(db: Database, event_id: int) -> Row | None:
    """Return one event with `links`, the events it is linked to and those linked to it; None if there is none.

    `counts` is whether trends count it.
    """
    sql = """
        select id from events
        where id = :id or linked_event_id = :id or id = (select linked_event_id from events where id = :id)
        order by announced_on, id limit :most
    """
    found = shown(db, [row["id"] for row in rows(db, sql, {"id": event_id, "most": MOST})])
    one_of_them = next((row for row in found if row["id"] == event_id), None)
    counts = one(db, "select 1 from trend_events where id = ?", [event_id]) is not None
    links = [row for row in found if row["id"] != event_id]
    return one_of_them and {**one_of_them, "links": links, "counts": counts}


def articles(db: Database, event_id: int) -> list[Row]:
    """Return the articles that tell of an event, first first, each with `evidence`, strongest words first."""
    sql = """
        select a.id, a.url, a.canonical_url, a.final_url, a.publisher, a.author, a.title, a.text_state, a.language,
          a.published_at, a.date_precision, a.modified_at, a.first_seen_at, a.origin, a.is_seed, a.content_hash,
          a.source_tier, a.label, a.kind, a.confidence, a.probability, a.rule, a.facts, a.spans, a.story_id,
          a.classifier_name || ' ' || a.classifier_version as classifier, a.classified_at, a.review_state
        from event_articles ea join articles a on a.id = ea.article_id
        where ea.event_id = ? order by coalesce(a.published_at, a.first_seen_at), a.id limit ?
    """
    words = """
        select e.article_id, e.place, e.quote, e.start, e."end", e.cue, e.weight
        from event_articles ea join evidence e on e.article_id = ea.article_id
        where ea.event_id = ? order by e.article_id, e.position
    """
    evidence: dict[int, list[Row]] = {}
    for row in rows(db, words, [event_id]):
        evidence.setdefault(row.pop("article_id"), []).append(row)
    found = rows(db, sql, [event_id, MOST])
    return [{**row, "evidence": evidence.get(row["id"], [])} for row in found]


def by_story(articles: Sequence[Row]) -> list[list[Row]]:
    """Return articles grouped by the story they are copies of, the nearest source first in each; pure."""
    stories: dict[int, list[Row]] = {}
    for row in articles:
        stories.setdefault(row["story_id"], []).append(row)
    return [
        sorted(story, key=lambda row: (row["source_tier"], row["text_state"] != "full")) for story in stories.values()
    ]


def article(db: Database, article_id: int) -> Row | None:
    """Return one article with its text and where the words that decided stand in it; None if there is none."""
    sql = """
        select a.id, a.title, a.text, a.text_state, a.publisher, a.author, a.published_at, a.date_precision, a.label,
          a.kind, a.confidence, a.facts, a.event_id, a.review_state, a.company_id, c.name as company,
          coalesce(a.final_url, a.url, a.canonical_url) as address
        from articles a left join companies c on c.id = a.company_id where a.id = ?
    """
    words = 'select place, start, "end" from evidence where article_id = ? order by start'
    found = one(db, sql, [article_id])
    return found and {**found, "evidence": rows(db, words, [article_id])}


def accounts(db: Database, event_id: int) -> list[Row]:
    """Return what sources without a stored article say of an event, first first."""
    sql = """
        select announced_on, date_precision, label, kind, status, facts, url, publisher, source_tier, source_check,
          origin
        from accounts where event_id = ? order by announced_on, id limit ?
    """
    return rows(db, sql, [event_id, MOST])


def corrections(db: Database, event_id: int) -> list[Row]:
    """Return every change of an event, first first: field, old, new, why, by whom, on whose account, when."""
    sql = """
        select field, old, new, why, by, source, corrected_at from corrections_view where event_id = ?
        order by corrected_at, id limit ?
    """
    return rows(db, sql, [event_id, MOST])


def employer(db: Database, company_id: int) -> Row | None:
    """Return an employer's name and whom it belongs to; None if there is none."""
    sql = """
        select c.id, c.name, p.id as parent_id, p.name as parent
        from companies c left join companies p on p.id = c.parent_id where c.id = ?
    """
    return one(db, sql, [company_id])


def follow_ups(db: Database, event_id: int) -> list[Row]:
    """Return when to look again whether a cut lasted, and what was found, first first; none of what is no cut."""
    sql = "select months, due_on, state, found, answered_on from followups_view where event_id = ? order by due_on"
    return rows(db, sql, [event_id])


def due(db: Database, company: str) -> list[Row]:
    """Return when to look again whether a cut of the employer lasted, as far as nothing has answered that."""
    sql = """
        select f.event_id, f.months, f.due_on, f.state, f.found, f.announced_on, e.date_precision
        from followups_view f join events e on e.id = f.event_id
        where f.company = ? and f.state <> 'answered' order by f.due_on limit ?
    """
    return rows(db, sql, [company, MOST])


def notes(db: Database, company: str) -> list[Row]:
    """Return what is recorded of the employer that is no event, such as a claim of productivity, first first."""
    sql = "select * from notes_view where company = ? and review_state <> 'excluded' order by announced_on, id limit ?"
    return rows(db, sql, [company, MOST])
