"""Stored events as joining, linking and alerting need them. Reads, never writes."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, Final

from sqlite_utils import Database

from monitor.events import LOOKED_AT, SAME_STORY, UPDATED, WINDOW, employer_key, shortenings
from monitor.model import EventDraft, Kind, KnownEvent, Label
from monitor.store import companies
from monitor.store.rows import Row, one, rows, scalar

_MONTH: Final = timedelta(days=31)
_YEAR: Final = timedelta(days=366)

_COLUMNS: Final = """
    e.id, c.name as company, e.label, e.kind, e.announced_on, e.date_precision, e.status, e.effective_on, e.source_tier,
    e.jobs_count, e.jobs_count_max, e.jobs_qualifier, e.jobs_implied, e.fte_equivalent, e.share_pct, e.headcount_before,
    e.headcount_after, e.function, e.country, e.attribution_strength, e.linked_event_id, e.link_type, e.link_by,
    e.review_state = 'excluded' and e.retired_at is null as excluded
"""
_EVENTS: Final = f"select {_COLUMNS} from events e join companies c on c.id = e.company_id"


def known(db: Database, company: str) -> list[KnownEvent]:
    """Return the employer's events that are not excluded, oldest first."""
    company_id = companies.find(db, company)
    return [] if company_id is None else history(db, company_id)


def history(db: Database, company_id: int, since: date = date.min) -> list[KnownEvent]:
    """Return the same of an employer's number: from a day on, with all before it that what came then may answer."""
    sql = f"""
        {_EVENTS} where e.company_id = :company and e.review_state <> 'excluded' and e.announced_on >= coalesce((
          select announced_on from events
          where company_id = :company and label = 'cut' and announced_on < :since
            and kind = 'event' and review_state <> 'excluded'
          order by announced_on desc limit 1 offset :most - 1
        ), '')
        order by e.announced_on, e.id
    """
    return _all(db, sql, {"company": company_id, "since": since.isoformat(), "most": LOOKED_AT})


def candidates(db: Database, draft: EventDraft) -> list[KnownEvent]:
    """Return the events of its employer that an account may tell of by their date, those a person excluded with them.

    What was merged is among them, as a way to what it became part of. The time this takes does not grow with the
    employer's history: it looks at the days that count only.
    """
    wide = {"day": WINDOW, "month": WINDOW + _MONTH, "year": _YEAR}[draft.date_precision]
    before = UPDATED if draft.is_update else wide
    asked = {
        "company": companies.find(db, draft.company),
        "low": (draft.announced_on - before).isoformat(),
        "high": (draft.announced_on + wide).isoformat(),
        "vague_low": (draft.announced_on - before - _YEAR).isoformat(),
    }
    standing = "(e.retired_at is null or e.link_type = 'duplicates')"
    sql = f"""
        {_EVENTS} where e.company_id = :company and e.announced_on between :low and :high and {standing}
        union
        {_EVENTS} where e.company_id = :company and e.date_precision <> 'day' and {standing}
          and e.announced_on between :vague_low and :high
    """
    return _all(db, sql, asked) + _of_shortened_names(db, draft)


def _of_shortened_names(db: Database, draft: EventDraft) -> list[KnownEvent]:
    """Return the events of those days whose employer's name begins like the draft's, or the other way round."""
    key = employer_key(draft.company)
    asked = {
        "low": (draft.announced_on - SAME_STORY).isoformat(),
        "high": (draft.announced_on + SAME_STORY).isoformat(),
        "longer": f"{key} ",
        "beyond": f"{key}!",  # what follows a space
        **{f"short{number}": name for number, name in enumerate(shortenings(draft.company))},
    }
    names = ", ".join(f":{name}" for name in asked if name.startswith("short"))
    sql = f"""
        {_EVENTS} where e.announced_on between :low and :high and e.retired_at is null and e.company_id in (
          select id from companies where (name_key > :longer and name_key < :beyond) or name_key in ({names})
        )
    """
    return _all(db, sql, asked)


def retired(db: Database, company: str) -> list[KnownEvent]:
    """Return the employer's events that no article tells of any more; one that became part of another is none."""
    sql = f"""
        {_EVENTS} where e.company_id = ? and e.retired_at is not null and e.link_type is not 'duplicates'
        order by e.announced_on, e.id
    """
    return _all(db, sql, [companies.find(db, company)])


def as_known(db: Database, event_id: int) -> KnownEvent:
    """Return one event as it is now; raises LookupError if there is none."""
    row = one(db, f"{_EVENTS} where e.id = ?", [event_id])
    if row is None:
        raise LookupError(f"no event {event_id}")
    return _known(row)


def standing(db: Database, event_id: int) -> int:
    """Return what an event has become part of, through whatever it was merged with; itself if it is no duplicate."""
    sql = "select linked_event_id from events where id = ? and link_type = 'duplicates'"
    seen: set[int] = set()
    at, into = event_id, scalar(db, sql, [event_id])
    while into is not None and at not in seen:
        seen.add(at)
        at = int(into)
        into = scalar(db, sql, [at])
    return event_id if at in seen else at


def with_parts(db: Database, event_id: int) -> list[KnownEvent]:
    """Return an event, and those that became part of it."""
    sql = f"{_EVENTS} where e.id = :event or (e.linked_event_id = :event and e.link_type = 'duplicates')"
    return _all(db, sql, {"event": event_id})


def told_by(db: Database, article_id: int) -> int | None:
    """Return the event an article is of, or None."""
    found = scalar(db, "select event_id from articles where id = ?", [article_id])
    return None if found is None else int(found)


def _all(db: Database, sql: str, values: Sequence[Any] | dict[str, Any]) -> list[KnownEvent]:
    return [_known(row) for row in rows(db, sql, values)]


def _known(row: Row) -> KnownEvent:
    kept = row | {
        "label": Label(row["label"]),
        "kind": Kind(row["kind"]),
        "announced_on": date.fromisoformat(row["announced_on"]),
        "effective_on": date.fromisoformat(row["effective_on"]) if row["effective_on"] else None,
        "excluded": bool(row["excluded"]),
    }
    return KnownEvent(**kept)
