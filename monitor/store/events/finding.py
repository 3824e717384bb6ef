"""Which stored event an article or account is of: by its copies, or by what it tells."""

from dataclasses import replace

from sqlite_utils import Database

from monitor.events import match, same_employer
from monitor.model import EventDraft, Verdict
from monitor.store.events.knowing import as_known, candidates


def no_copy(_db: Database, _article_id: int) -> int | None:
    """Return None: the article is a copy of nothing that is known."""
    return None


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
    likeliest = match(draft, candidates(db, draft))
    if likeliest is None:
        return None
    return likeliest.linked_event_id if likeliest.link_type == "duplicates" else likeliest.id
