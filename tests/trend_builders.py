"""Builders of what trends are judged from: events by week, feeds that tell of them, weeks in which feeds answered."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any, Final

from monitor.model import Label, Signal
from monitor.trends.series import Key, Occurrence, Week, monday, week_of
from monitor.trends.signals import Ledger

ALL_CUTS: Final = Key(Label.CUT, "all", "")
END: Final[Week] = week_of(date(2025, 10, 5))  # the last week of the window looked at; no holiday lies near it
FIRST: Final[Week] = END - 4 * 14 + 1  # of the longest past


def event(week: Week, number: int = 0, *, feeds: Iterable[int] = (1,), late: int = 0, **changes: Any) -> Occurrence:
    """Return an event of the Wednesday of a week, told by each of the feeds so many days later."""
    day = monday(week) + timedelta(days=2)
    told = tuple((feed, day + timedelta(days=late)) for feed in feeds)
    values: dict[str, Any] = {"announced_on": day, "company_id": number, "keys": (ALL_CUTS,), "told": told}
    return Occurrence(**(values | changes))


def steady(weekly: int, weeks: Iterable[Week] = range(FIRST, END + 1), **changes: Any) -> list[Occurrence]:
    """Return the same number of events in each week, each of another employer."""
    return [event(week, 1000 * week + number, **changes) for week in weeks for number in range(weekly)]


def asked(*feeds: int, weeks: Iterable[Week] = range(FIRST - 52, END + 60)) -> dict[int, frozenset[Week]]:
    """Return the weeks in which these feeds answered."""
    return dict.fromkeys(feeds or (1,), frozenset(weeks))


def judged(ledger: Ledger, key: Key = ALL_CUTS, end: Week = END) -> Signal:
    """Return the signal of one series."""
    [found] = [one for one in ledger.judge(end) if (one.label, one.dimension, one.value) == key]
    return found
