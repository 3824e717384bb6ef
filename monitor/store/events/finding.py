"""Which stored event an article or account is of: by its copies, or by what it tells."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from sqlite_utils import Database

from monitor.events import WINDOW, match, same_employer
from monitor.model import EventDraft, KnownEvent, Verdict
from monitor.store import companies
from monitor.store.events.joining import add_article
from monitor.store.events.knowing import as_known, candidates, retired, standing, with_parts
from monitor.store.events.telling import article_draft, stored_verdict
from monitor.store.rows import rows

_REPORTS: Final = """
    select a.id, c.name as company, a.label, a.kind, a.probability, a.rule, a.facts, a.is_seed, a.source_tier,
      a.text_state, a.published_at, a.date_precision, a.first_seen_at, a.publisher, a.story_id, 0 as quoted
    from articles a join companies c on c.id = a.company_id
    where a.company_id = :company and a.label = 'none' and a.kind in ('event', 'update') and a.event_id is null
      and a.review_state in ('auto', 'needs_review')
      and coalesce(a.published_at, a.first_seen_at) between :low and :high
"""


def of_an_employer(db: Database, verdict: Verdict, copied: int | None) -> Verdict:
    """Return the verdict with the employer of the event the article's copies tell of, where it found none itself."""
    if copied is None or verdict.facts.company:
        return verdict
    return replace(verdict, facts=replace(verdict.facts, company=as_known(db, copied).company))


def also_told(db: Database, draft: EventDraft | None, copied: int | None) -> int | None:
    """Return the event an article is of without being an account of it, if any.

    What copies an account of an event is of it however it was judged, and so is a report that ties the same number of
    people to nothing of ours. Neither makes an event, nor says anything of one.
    """
    return copied if draft is None else found(db, draft, copied)


def found(db: Database, draft: EventDraft, copied: int | None) -> int | None:
    """Return the event an account tells of: that of the article's copies, whatever its date, or the one that matches.

    `copied` is the event the copies tell of; it counts if it is of the same employer and of the same kind.
    """
    if copied is not None:
        event = as_known(db, copied)
        if event.kind is draft.kind and same_employer(event.company, draft.company):
            return event.id
    return _standing(db, match(draft, candidates(db, draft)))


def found_again(db: Database, draft: EventDraft) -> int | None:
    """Return the event an account that was changed tells of, be it one that nobody tells of any more."""
    return _standing(db, match(draft, [*candidates(db, draft), *retired(db, draft.company)]))


def add_reports(db: Database, event_id: int, now: datetime) -> int:
    """Return how many reports that tie it to nothing of ours, read before, are of the event now."""
    event = as_known(db, event_id)
    asked = {
        "company": companies.find(db, event.company),
        "low": (event.announced_on - WINDOW).isoformat(),
        "high": (event.announced_on + WINDOW + timedelta(days=1)).isoformat(),
    }
    waiting = rows(db, _REPORTS, asked)
    own = with_parts(db, event_id) if waiting else []
    added = 0
    for row in waiting:
        told = article_draft(row, stored_verdict(row), unlabelled=True)
        if told is not None and match(told, own) and found(db, told, None) == event_id:
            add_article(db, event_id, row["id"], now)
            added += 1
    return added


def _standing(db: Database, event: KnownEvent | None) -> int | None:
    return None if event is None else standing(db, event.id)
