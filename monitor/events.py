"""From a classified article to the event of one employer: which event it tells of, and what that event undoes.

All pure. The pipeline asks `draft`, then `match`; a draft without a match becomes a new event with `link`.
Articles arrive in any order, so `history_links` gives the links of a whole history at once, whatever came first.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Final, Literal

from monitor.model import EventDraft, Facts, Kind, KnownEvent, Label, TextState, Verdict

LinkType = Literal["reverses", "reverses_partly", "softens", "follows"]
DatePrecision = Literal["day", "month", "year"]

WINDOW: Final = timedelta(days=14)  # around an event's announcement (CODEBOOK.md 5)
_ANYWHERE: Final = frozenset({"global", "worldwide", "international"})


@dataclass(frozen=True, slots=True)
class Link:
    """Which earlier event an event answers, and how."""

    event_id: int
    link_type: LinkType


def draft(
    verdict: Verdict,
    *,
    published_at: datetime | None,
    first_seen_at: datetime,
    source_tier: int,
    text_state: TextState,
    date_precision: DatePrecision = "day",
) -> EventDraft | None:
    """Return the article's account of an employer's action, or None if it tells of none.

    An `update` gives an event like an `event` does: the first report we saw may be a later one of the story.
    `date_precision` is that of `published_at`; a date found in the text is a day.
    """
    kinds = {Kind.EVENT: Kind.EVENT, Kind.UPDATE: Kind.EVENT, Kind.PRODUCTIVITY_CLAIM: Kind.PRODUCTIVITY_CLAIM}
    kind = kinds.get(verdict.kind)
    company = verdict.facts.company
    if kind is None or verdict.label is Label.NONE or not company:
        return None
    announced_on, precision = _announced(verdict.facts, published_at, first_seen_at, date_precision)
    return EventDraft(
        company=company,
        label=verdict.label,
        kind=kind,
        announced_on=announced_on,
        date_precision=precision,
        status=_status(verdict.facts, announced_on, text_state),
        source_tier=source_tier,
        facts=verdict.facts,
    )


def match(draft: EventDraft, known: Sequence[KnownEvent]) -> KnownEvent | None:
    """Return the event the draft tells of: nearest in time within 14 days, of two equally near the older one.

    Employer, label and kind must be the same: a claim of productivity is never part of an action on staff.
    Countries veto only when both sides state some and share none.
    """

    def distance(event: KnownEvent) -> tuple[timedelta, date, int]:
        return abs(event.announced_on - draft.announced_on), event.announced_on, event.id

    candidates = [
        event
        for event in known
        if _same_employer(event.company, draft.company)
        and (event.label, event.kind) == (draft.label, draft.kind)
        and distance(event)[0] <= WINDOW
        and not _contradict(event.country, draft.facts.country)
    ]
    return min(candidates, key=distance, default=None)


def link(draft: EventDraft, known: Sequence[KnownEvent]) -> Link | None:
    """Return what a new event of this draft answers, or None for a cut, a claim, or a history without a cut.

    One rule. The cut in question is the employer's newest one not later than the draft. The first reversal
    after it `reverses` it (`reverses_partly` if both numbers are stated and fewer come back), the first answer of
    any sort, if a hybrid, `softens` it; every other answer `follows` the newest answer before it, and so
    leads back to the cut through the chain. No event has more than one link.
    """
    if draft.kind is not Kind.EVENT or draft.label not in {Label.REVERSAL, Label.HYBRID}:
        return None
    earlier = [
        event
        for event in known
        if event.kind is Kind.EVENT
        and event.announced_on <= draft.announced_on
        and _same_employer(event.company, draft.company)
    ]
    cut = max((event for event in earlier if event.label is Label.CUT), key=_age, default=None)
    if cut is None:
        return None
    by_id = {event.id: event for event in earlier}
    answers = [event for event in earlier if event.label is not Label.CUT and _root(event, by_id) == cut.id]
    if draft.label is Label.REVERSAL and all(event.label is not Label.REVERSAL for event in answers):
        return Link(cut.id, "reverses_partly" if _fewer(draft.facts.jobs_count, cut.jobs_count) else "reverses")
    if answers:
        return Link(max(answers, key=_age).id, "follows")
    return Link(cut.id, "softens")


def history_links(known: Iterable[KnownEvent]) -> dict[int, Link | None]:
    """Return the link of each event of one employer, by event id, as if all had arrived in the order they happened.

    Its answer depends on what happened, not on what was read first; a cut found late takes its reversal with it.
    """
    ordered = sorted(known, key=lambda event: (event.announced_on, event.label is not Label.CUT, event.id))
    links: dict[int, Link | None] = {}
    past: list[KnownEvent] = []
    for event in ordered:
        found = link(_as_draft(event), past)
        links[event.id] = found
        past.append(replace(event, linked_event_id=found.event_id if found else None))
    return links


def _announced(
    facts: Facts, published_at: datetime | None, first_seen_at: datetime, precision: DatePrecision
) -> tuple[date, DatePrecision]:
    """Return the day of the announcement; a day after we saw the article cannot be it, so then the next source."""
    seen_on = first_seen_at.astimezone(UTC).date()
    latest = seen_on + timedelta(days=1)  # somebody east of UTC is a day ahead
    if facts.announced_on is not None and facts.announced_on <= latest:
        return facts.announced_on, "day"
    if published_at is not None and published_at.astimezone(UTC).date() <= latest:
        return published_at.astimezone(UTC).date(), precision
    return seen_on, "day"


def _status(facts: Facts, announced_on: date, text_state: TextState) -> str:
    """Return where in its life the event is; what is least certain wins."""
    if text_state is TextState.HEADLINE_ONLY:
        return "rumoured"
    if facts.attribution_strength == "disputed":
        return "disputed"
    if facts.effective_on is not None and facts.effective_on > announced_on:
        return "planned"
    return "announced"


def _same_employer(one: str, other: str) -> bool:
    return one.casefold() == other.casefold()


def _contradict(one: str | None, other: str | None) -> bool:
    """Return whether both name countries ("US;GB") and share none."""
    ours, theirs = (
        frozenset(part.strip().casefold() for part in (text or "").split(";")) - {""} for text in (one, other)
    )
    if not ours or not theirs or (ours | theirs) & _ANYWHERE:
        return False
    return ours.isdisjoint(theirs)


def _age(event: KnownEvent) -> tuple[date, int]:
    return event.announced_on, event.id


def _root(event: KnownEvent, by_id: dict[int, KnownEvent]) -> int | None:
    """Return the id of the cut at the end of the event's links, if they lead to one."""
    at: KnownEvent | None = event
    for _ in range(len(by_id)):
        if at is None or at.linked_event_id is None:
            return None
        at = by_id.get(at.linked_event_id)
        if at is not None and at.label is Label.CUT:
            return at.id
    return None


def _fewer(returned: int | None, cut: int | None) -> bool:
    return returned is not None and cut is not None and returned < cut


def _as_draft(event: KnownEvent) -> EventDraft:
    """Return as much of the event's draft as linking reads."""
    return EventDraft(
        company=event.company,
        label=event.label,
        kind=event.kind,
        announced_on=event.announced_on,
        date_precision="day",
        status="announced",
        source_tier=event.source_tier,
        facts=Facts(company=event.company, jobs_count=event.jobs_count),
    )
