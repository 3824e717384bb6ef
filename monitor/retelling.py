"""Which event an article tells of, at first and once its words or the verdict on it are others. Called inside units.

Between the stages, which bring words and verdicts, and those that record them: a page, read once or again, and
`reclassify`.
"""

from collections.abc import Mapping
from datetime import datetime

from monitor import events
from monitor.model import SECOND_OPINION, EventDraft, KnownEvent, Label, Origin, Verdict
from monitor.settings import Settings
from monitor.store import Database
from monitor.store import events as event_store
from monitor.store.rows import Row


def may_tell(verdict: Verdict, settings: Settings) -> bool:
    """Return whether a verdict may make events; a label a language model added waits for a person, unless set so."""
    return verdict.rule != SECOND_OPINION or settings.second_opinion.may_alert


def accountable(draft: EventDraft | None, verdict: Verdict, settings: Settings) -> EventDraft | None:
    """Return the account, or None where the verdict may make no events."""
    return draft if may_tell(verdict, settings) else None


def account(db: Database, row: Row, verdict: Verdict, copied: int | None, settings: Settings) -> EventDraft | None:
    """Return a stored article's account under this verdict; `copied` is the event its copies tell of."""
    verdict = event_store.of_an_employer(db, verdict, copied)
    return accountable(event_store.article_draft(row, verdict, unlabelled=True), verdict, settings)


def as_copies(db: Database, draft: EventDraft | None, copied: int | None) -> int | None:
    """Return the event of an article's copies, unless its own words, which have changed, tell of something else now."""
    if draft is None or copied is None or draft.label in {Label.NONE, event_store.as_known(db, copied).label}:
        return copied
    return None


def tell(  # an account, whose it is and when it came
    db: Database, draft: EventDraft, article_id: int, copied: int | None, origin: Origin, now: datetime
) -> tuple[KnownEvent, list[int]]:
    """Join an article's account to an event of its employer, or make it the first of one, and set the history's links.

    Return that event, and the others that answer a cut now and answered nothing before: they were read before it.
    """
    event_id = event_store.found(db, draft, copied)
    since = draft.announced_on
    if event_id is None:
        event_id = event_store.insert_event(db, draft, article_id=article_id, origin=origin, now=now)
    else:
        since = min(since, event_store.as_known(db, event_id).announced_on)
        event_store.join(db, event_id, draft, article_id=article_id, now=now)
    if event_store.add_copies(db, event_id, article_id, now):
        event_store.rebuild(db, event_id, now, "copies were judged otherwise before")
    event_store.add_reports(db, event_id, now)
    event = event_store.as_known(db, event_id)
    tied = event_store.relink(db, event.company, now, since)
    return event, [other for other in tied if other != event_id]


def retell(
    db: Database, row: Row, draft: EventDraft | None, copied: int | None, now: datetime
) -> tuple[int | None, dict[int, str]]:
    """Move an article to the event its account now tells of; return that, or None, and the events to `settle`.

    `row` is the article as it was stored; each event comes with its employer.
    """
    touched: dict[int, str] = {}
    event_id = row["event_id"]
    if event_id is not None:
        known = event_store.as_known(db, event_id)
        touched[known.id] = known.company
        if copied == known.id or (draft is not None and _fits(db, draft, known, row["id"])):
            return known.id, touched
        event_store.leave(db, event_id, row["id"])
    if draft is None or draft.label is Label.NONE:
        found = event_store.also_told(db, draft, copied)
        if found is None:
            return None, touched
    else:
        found = _found(db, draft, copied) or event_store.insert_event(
            db, draft, article_id=row["id"], origin=Origin(row["origin"]), now=now
        )
    event_store.add_article(db, found, row["id"], now)
    event_store.add_copies(db, found, row["id"], now)
    touched[found] = event_store.as_known(db, found).company
    return found, touched


def settle(db: Database, touched: Mapping[int, str], why: str, now: datetime) -> list[int]:
    """Make events anew of what is told of them now, and the histories of their employers; return what `relink` does."""
    for event_id in touched:
        event_store.rebuild(db, event_id, now, why)
        event_store.add_reports(db, event_id, now)
    return [tied for company in sorted(set(touched.values())) for tied in event_store.relink(db, company, now)]


def _found(db: Database, draft: EventDraft, copied: int | None) -> int | None:
    """Return the event an account tells of, be it one that nobody tells of any more."""
    found = event_store.found(db, draft, copied)
    if found is None and (stood := events.match(draft, event_store.retired(db, draft.company))) is not None:
        return stood.id
    return found


def _fits(db: Database, draft: EventDraft, known: KnownEvent, article_id: int) -> bool:
    """Return whether the account is still of its event; alone, an article may give it another day, place and number."""
    if not event_store.others_tell(db, known.id, article_id):
        same_action = (known.label, known.kind) == (draft.label, draft.kind)
        return same_action and events.same_employer(known.company, draft.company)
    return events.match(draft, [known]) is not None
