"""Which event of its employer an account tells of. Pure."""

from calendar import monthrange
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

from monitor.events.counts import agreements, contradict
from monitor.events.employers import is_shortened, same_employer
from monitor.model import DatePrecision, EventDraft, KnownEvent, Label

WINDOW: Final = timedelta(days=14)  # around an event's announcement (CODEBOOK.md 5)
SAME_DAYS: Final = timedelta(days=7)  # in which one plan is told with its second half, and without it
SAME_STORY: Final = timedelta(days=3)  # in which everybody reports it
UPDATED: Final = timedelta(days=180)  # so long after it an update may still be of an event
_ANYWHERE: Final = frozenset(
    {"global", "worldwide", "international", "eu", "europe", "asia", "africa", "latam", "emea", "apac"}
)
_ANYONE: Final = frozenset({"mixed", "unknown"})
_OVER: Final = frozenset({"reversed", "withdrawn", "completed"})


def match(draft: EventDraft, known: Sequence[KnownEvent]) -> KnownEvent | None:
    """Return the event the draft tells of, of those it may tell of the likeliest; None if it is a new one.

    Employer and kind must be the same (a claim of productivity is never part of an action on staff), and the side:
    only a plan with two halves, told within a week with a number in common, may be a cut to one outlet and a hybrid
    to another; who sees no side at all may tell of an event with a number in common, or half tied to AI of the one
    event of those days. The announcements lie within 14 days, or in the month or year where that is all we know. An
    update may come later, if a number or the function agrees. Place and number veto when both sides state one and no
    reading makes them one. More numbers in common come before nearness, what is counted before what is excluded.
    """

    def unlikeliness(event: KnownEvent) -> tuple[bool, bool, int, timedelta, date, int]:
        far = abs(event.announced_on - draft.announced_on)
        in_common = agreements(event, draft.facts)
        return event.excluded, event.label is not draft.label, -in_common, far, event.announced_on, event.id

    own = [event for event in known if same_employer(event.company, draft.company)] or _cut_short(draft, known)
    possible = [event for event in own if event.kind is draft.kind and not vetoed(draft, event)]
    now = [event for event in possible if _at_one_time(draft, event)]
    if draft.label is Label.NONE and len(now) > 1:
        now = [event for event in now if agreements(event, draft.facts)]
    if now or not draft.is_update:
        return min(now, key=unlikeliness, default=None)
    before = [event for event in possible if _may_be_updated(draft, event)]
    return max(before, key=lambda event: (event.announced_on, event.id), default=None)


def likeness(draft: EventDraft, event: KnownEvent) -> str:
    """Return in words what an account and its event have in common."""
    days, numbers = _apart(draft, event).days, agreements(event, draft.facts)
    side = "same side" if draft.label is event.label else f"told as {draft.label}, the event is a {event.label}"
    sort = "an update on it, " if draft.is_update and days > WINDOW.days else ""
    return f"same employer, {side}, {sort}announced {days} days apart, numbers in common: {numbers}"


def _cut_short(draft: EventDraft, known: Sequence[KnownEvent]) -> list[KnownEvent]:
    """Return the events of those days of the one employer whose name the draft has cut short, or in full.

    "Kestrel" is "Kestrel Parcel" of the same side with a number in common, and nobody while there is a "Kestrel Foods".
    """
    days = [
        event
        for event in known
        if is_shortened(event.company, draft.company) and _apart(draft, event) <= SAME_STORY and not event.excluded
    ]
    one_employer = all(same_employer(event.company, days[0].company) for event in days)
    agreeing = (event for event in days if event.label is draft.label and agreements(event, draft.facts))
    return list(agreeing) if one_employer else []


def vetoed(draft: EventDraft, event: KnownEvent) -> bool:
    """Return whether place or number forbid that the two are one event."""
    elsewhere = disjoint(event.function, draft.facts.function, _ANYONE)
    return places_differ(event.country, draft.facts.country) or contradict(event, draft.facts, elsewhere=elsewhere)


def places_differ(one: str | None, other: str | None) -> bool:
    """Return whether both name countries ("US;GB") and share none; a region of a country ("US-NY") is that country."""
    return disjoint(one, other, _ANYWHERE)


def disjoint(one: str | None, other: str | None, open_to_all: frozenset[str] = _ANYONE) -> bool:
    """Return whether both name values, "a;b", and share none; one that is open to all is shared."""
    ours, theirs = named(one), named(other)
    return bool(ours and theirs) and not (ours | theirs) & open_to_all and ours.isdisjoint(theirs)


def named(text: str | None) -> frozenset[str]:
    """Return the values of a list in a column, "US;GB-WLS", in small letters and without their parts."""
    parts = (part.strip().casefold() for part in (text or "").split(";"))
    return frozenset(part[:2] if part[2:3] == "-" else part for part in parts) - {""}


def _at_one_time(draft: EventDraft, event: KnownEvent) -> bool:
    apart, in_common = _apart(draft, event), agreements(event, draft.facts) > 0
    if draft.label is Label.NONE and not in_common:
        return draft.half_tied and event.label is not Label.REVERSAL and apart <= SAME_STORY
    if event.label is draft.label or draft.label is Label.NONE:
        return apart <= (WINDOW if "year" not in (draft.date_precision, event.date_precision) else timedelta(0))
    to_the_day = draft.date_precision == event.date_precision == "day"
    two_halves = Label.HYBRID in (draft.label, event.label)
    return two_halves and to_the_day and apart <= SAME_DAYS and in_common


def _may_be_updated(draft: EventDraft, event: KnownEvent) -> bool:
    if event.label is not draft.label or event.status in _OVER or event.excluded:
        return False
    age = draft.announced_on - event.announced_on
    function = named(event.function) & named(draft.facts.function) - _ANYONE
    return timedelta(0) <= age <= UPDATED and bool(function or agreements(event, draft.facts))


def _apart(draft: EventDraft, event: KnownEvent) -> timedelta:
    """Return how far apart the announcements are at least; nothing where one may lie on the other's day."""
    ours, theirs = _days(draft.announced_on, draft.date_precision), _days(event.announced_on, event.date_precision)
    return max(ours[0] - theirs[1], theirs[0] - ours[1], timedelta(0))


def _days(on: date, precision: DatePrecision) -> tuple[date, date]:
    """Return the first and the last day an announcement may have been made on."""
    match precision:
        case "day":
            return on, on
        case "month":
            return on.replace(day=1), on.replace(day=monthrange(on.year, on.month)[1])
        case "year":
            return date(on.year, 1, 1), date(on.year, 12, 31)
