"""The accounts an event is made of: stored articles that tell of it, and rows of imports."""

from dataclasses import replace
from typing import Final

import msgspec
from sqlite_utils import Database

from monitor.clock import from_text
from monitor.events import Account, draft, first_moment
from monitor.model import ClassifierId, Confidence, EventDraft, Facts, Kind, Label, TextState, Verdict
from monitor.store.accounts import draft_of
from monitor.store.rows import Row, moment, rows, scalar

MOST: Final = 100  # articles of an event read from each end, once it has more than twice as many

# Of thousands of articles only those are read whose word may count: by tier the first and the last, and the first of
# all. A quote must still stand in the stored words.
_ARTICLES: Final = """
    with told as (
      select id, source_tier, coalesce(published_at, first_seen_at) as reported from articles
      where event_id = :event and review_state <> 'excluded'
    ), read as (
      select id from (select id from told order by source_tier, reported, id limit :most)
      union select id from (select id from told order by source_tier, reported desc, id limit :most)
      union select id from (select id from told order by reported, id limit :most)
    )
    select a.id, c.name as company, a.label, a.kind, a.rule, a.facts, a.is_seed, a.source_tier, a.text_state,
      a.published_at, a.date_precision, a.first_seen_at, a.publisher, a.story_id,
      max(instr(a.text, json_extract(a.facts, '$.quote')), instr(a.title, json_extract(a.facts, '$.quote'))) as quoted
    from read
    join articles a on a.id = read.id
    join events e on e.id = :event
    join companies c on c.id = e.company_id
"""
_ROWS: Final = """
    select a.*, c.name as company from accounts a
    join events e on e.id = a.event_id
    join companies c on c.id = e.company_id
    where a.event_id = ?
"""


def accounts(db: Database, event_id: int) -> list[Account]:
    """Return the accounts of an event that may count, in no order: all of them unless there are hundreds."""
    articles = rows(db, _ARTICLES, {"event": event_id, "most": MOST})
    told = [*map(of_article, articles), *map(_row, rows(db, _ROWS, [event_id]))]
    return [one for one in told if one is not None]


def verified(db: Database, draft: EventDraft, article_id: int | None) -> EventDraft:
    """Return an account without its quote, if that does not stand in the article's stored words."""
    sql = "select max(instr(text, :quote), instr(title, :quote)) from articles where id = :article"
    if draft.facts.quote is None or scalar(db, sql, {"quote": draft.facts.quote, "article": article_id}):
        return draft
    return replace(draft, facts=replace(draft.facts, quote=None, quote_speaker=None))


def article_draft(row: Row, verdict: Verdict, *, unlabelled: bool = False) -> EventDraft | None:
    """Return a stored article's account of an employer's action, as when it was stored first (`draft`); pure."""
    seed = bool(row["is_seed"])
    if seed and (row["published_at"] is None or row["date_precision"] is None):
        return None  # an event without a date has no place in a history
    return draft(
        verdict,
        published_at=first_moment(row["published_at"]) if seed else moment(row["published_at"]),
        first_seen_at=from_text(row["first_seen_at"]),
        source_tier=row["source_tier"],
        text_state=TextState(row["text_state"]),
        date_precision=row["date_precision"] if seed else "day",
        unlabelled=unlabelled,
    )


def of_article(row: Row) -> Account | None:
    """Return the account a stored article gives as its label and kind stand now, or None if it gives none."""
    told = article_draft(row, _verdict(row))
    if told is None:
        return None
    return Account(
        draft=told,
        reported_on=row["published_at"] or row["first_seen_at"],
        publisher=row["publisher"],
        story=row["story_id"],
        article_id=row["id"],
    )


def _row(row: Row) -> Account | None:
    told = draft_of(row)
    return None if told is None else Account(told, row["announced_on"], row["publisher"], account_id=row["id"])


def _verdict(row: Row) -> Verdict:
    """Return as much of a stored verdict as an account of it reads; without an employer, the event's is meant."""
    facts = msgspec.json.decode(row["facts"], type=Facts)
    facts = replace(facts, company=facts.company or row["company"])
    if not row["quoted"]:
        facts = replace(facts, quote=None, quote_speaker=None)
    by = ClassifierId("stored", "")
    return Verdict(Label(row["label"]), Kind(row["kind"]), Confidence.LOW, 0.0, row["rule"], (), facts, {}, by)
