"""When to look again whether a cut lasted."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from monitor.model.vocabulary import Label

FOLLOW_UP_MONTHS: Final = (3, 6, 12, 18, 24)  # after the announcement of a cut


@dataclass(frozen=True, slots=True)
class FollowUp:
    """One look back at one cut, and what was found since."""

    event_id: int  # of the cut
    company: str
    announced_on: date  # of the cut
    months: int  # after it
    due_on: date
    state: Literal["waiting", "due", "answered"]  # answered: a reversal or hybrid leads back to the cut
    events_found: int  # of this employer, later than the cut
    articles_found: int
    first_label: Label | None  # of the first of those events
    first_found_on: date | None
    found: str  # all this in a sentence, or "nothing found yet"


def due_on(announced_on: date, months: int) -> date:
    """Return the same day so many months later, or the last day of a month that does not have it."""
    year, month = divmod(announced_on.year * 12 + announced_on.month - 1 + months, 12)
    return date(year, month + 1, min(announced_on.day, monthrange(year, month + 1)[1]))


def since_then(events: int, first: tuple[str, str] | None, articles: int) -> str:
    """Return in a sentence what was found since a cut: so many events, the first with its day and label, and articles.

    In the words of `followups_view`.
    """
    if first is not None:
        day, label = first
        return f"{events} later event{'s' if events > 1 else ''}, the first a {label} on {day}"
    return f"{articles} later article{'s' if articles > 1 else ''}, no later event" if articles else "nothing found yet"
