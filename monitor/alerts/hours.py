"""When something may be told: days, quiet hours and digests by the clock on the wall. Pure.

What is due is asked of the wall clock and not of a span of UTC: a time of day that a clock set forward leaves out has
come as soon as the clock is past it, and one that a clock set back shows twice at the first (RELIABILITY.md T2).
"""

import re
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Final, Literal
from zoneinfo import ZoneInfo

from monitor.errors import UsageError
from monitor.settings.ruling import hours

_DAY: Final = timedelta(days=1)
_MONDAY: Final = 0
_UNITS: Final = {"h": "hours", "d": "days"}


def zone_of(name: str) -> tzinfo:
    """Return a time zone by its name; UTC needs no database of time zones."""
    return UTC if name == "UTC" else ZoneInfo(name)


def wall(moment: datetime, zone: tzinfo) -> datetime:
    """Return what the clock on the wall says, without a zone."""
    return moment.astimezone(zone).replace(tzinfo=None)


def midnight(now: datetime, zone: tzinfo) -> datetime:
    """Return when today began."""
    return datetime.combine(wall(now, zone).date(), time(), zone).astimezone(UTC)


def next_midnight(now: datetime, zone: tzinfo) -> datetime:
    """Return when today ends."""
    return _first(datetime.combine(wall(now, zone).date() + _DAY, time()), zone, now)


def loud_from(quiet_hours: str, now: datetime, zone: tzinfo) -> datetime:
    """Return the end of the quiet hours ("22:00-07:00") that `now` lies in, or `now` if it lies in none."""
    if not quiet_hours:
        return now
    start, end = hours(quiet_hours)
    here = wall(now, zone)
    if start < end:
        quiet, ends_on = start <= here.time() < end, here.date()
    else:
        quiet = here.time() >= start or here.time() < end
        ends_on = here.date() + (_DAY if here.time() >= start else timedelta(0))
    return _first(datetime.combine(ends_on, end), zone, now) if quiet else now


def period(now: datetime, at: str, every: Literal["day", "monday"], zone: tzinfo) -> date:
    """Return the day of the newest digest that has come due: today's once the wall clock is past `at`."""
    here = wall(now, zone)
    day = here.date() if here.time() >= time.fromisoformat(at) else here.date() - _DAY
    return day if every == "day" else day - timedelta(days=(day.weekday() - _MONDAY) % 7)


def _first(local: datetime, zone: tzinfo, now: datetime) -> datetime:
    """Return the first moment after `now` at which the wall clock has reached a time."""
    moments = (local.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    return min(moment for moment in moments if moment > now and wall(moment, zone) >= local)


def ahead(text: str, now: datetime, zone: tzinfo) -> datetime:
    """Return the moment that "7d", "12h" or a date stands for, a date as its first moment; raises UsageError."""
    return _span(text, now, zone, 1)


def back(text: str, now: datetime, zone: tzinfo) -> datetime:
    """Return the same looking back."""
    return _span(text, now, zone, -1)


def _span(text: str, now: datetime, zone: tzinfo, sign: Literal[-1, 1]) -> datetime:
    if found := re.fullmatch(r"([1-9]\d{0,3})([hd])", text.strip()):
        return now + sign * timedelta(**{_UNITS[found[2]]: int(found[1])})
    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError:
        at = now
    at = at if at.tzinfo else at.replace(tzinfo=zone)
    if (at - now) * sign <= timedelta(0) or not 1 < at.year < 9999:
        side, day = "later" if sign > 0 else "earlier", (now + sign * timedelta(days=30)).date()
        raise UsageError(f'{text!r}: must be a date {side} than now ("{day}"), or a time like "7d" or "12h"')
    return at.astimezone(UTC)
