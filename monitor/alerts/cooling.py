"""Is there something new to tell? What releases a further alert on what was told already. Pure."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from monitor.model import EventState, Known, Told

MATERIAL: Final = 0.1  # a number that changes by this share of the larger one is another number
MORE_REPORTS: Final = 5  # independent ones, since the last alert


def known(event: EventState, *, held: bool = False) -> Known:
    """Return what an alert on the event knows of it."""
    return Known(event.status, event.facts.jobs_count, event.source_tier, event.reports, held)


def news(before: Known | None, event: EventState) -> tuple[str, ...]:
    """Return what is new in the event since an alert knew this of it, each in words; nothing releases nothing.

    A copy of a text that the event had already never brings anything new.
    """
    return () if before is None or event.is_copy else tuple(_changes(before, event))


def _changes(before: Known, event: EventState) -> Iterator[str]:
    jobs = event.facts.jobs_count
    if jobs is not None and before.jobs_count is None:
        yield f"{_jobs(jobs)}, was not stated"
    elif jobs is not None and before.jobs_count is not None and _differ(jobs, before.jobs_count):
        yield f"{_jobs(jobs)}, was {before.jobs_count:,}"
    if event.status not in {before.status, "rumoured"}:
        yield f"now {event.status.replace('_', ' ')}, was {before.status.replace('_', ' ')}"
    if event.source_tier < before.source_tier:
        yield f"a better source: tier {event.source_tier}, was {before.source_tier}"
    if event.reports >= before.reports + MORE_REPORTS:
        yield f"{event.reports} independent reports, were {before.reports}"


def resting_until(told: Told | None, hours: int, now: datetime) -> datetime | None:
    """Return until when an employer and label are not told of again, or None if that time is over.

    An alert dated ahead of the clock, which was set back since, counts as raised now.
    """
    if told is None:
        return None
    until = min(told.raised_at, now) + timedelta(hours=hours)
    return until if until > now else None


def _differ(one: int, other: int) -> bool:
    return abs(one - other) >= MATERIAL * max(one, other) and one != other


def _jobs(number: int) -> str:
    return "1 job" if number == 1 else f"{number:,} jobs"
