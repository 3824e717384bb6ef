"""Distinct events -> counts by week: which feeds count, which weeks count, and what was known when.

Time is whole ISO weeks, numbered from the Monday of year 1: a window of 28 days holds each weekday four times. Each
window is counted as it was known two days after its end, the earlier ones too: news comes in late, and a window that
ended just now would else always look emptier than the past. The weeks of 25 December and 1 January count nowhere,
neither their events nor their length: the press sleeps.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, NamedTuple

from monitor.model import Dimension, Label
from monitor.trends.chance import Span

WINDOW: Final = 4  # weeks: 28 days
BASELINES: Final = (13, 6, 3)  # windows of the past, the longest first that enough of the events were told in
COVERED: Final = 0.7  # of the past's events must come from feeds that still tell
SETTLED: Final = timedelta(days=2)  # after its end a window is looked at: what happened on Sunday is news on Monday
STEADY: Final = 0.9  # of the past's weeks a feed must have answered in
LABELS: Final = (Label.CUT, Label.REVERSAL, Label.HYBRID)

Week = int
Known = tuple[int, int, int, int]  # a week's events as known when it had settled, one, two and three weeks later
Lives = Mapping[int, frozenset[Week]]  # feed -> weeks in which it answered


class Key(NamedTuple):
    """Which events a series counts."""

    label: Label
    dimension: Dimension
    value: str  # of the dimension; "" for all


@dataclass(frozen=True, slots=True)
class Occurrence:
    """An event as trends see it."""

    announced_on: date
    company_id: int
    keys: tuple[Key, ...]  # the series it counts in
    told: tuple[tuple[int, date], ...] = ()  # feed, and when an article of it first told of the event

    @property
    def week(self) -> Week:
        """Return the week of its announcement."""
        return week_of(self.announced_on)


@dataclass(frozen=True, slots=True)
class Basis:
    """What a window and its past are counted over."""

    end: Week  # last week of the window
    windows: int  # of the past
    feeds: frozenset[int]  # that answered in both
    resting: frozenset[Week]  # neither events nor length of these count

    def weeks(self) -> range:
        """Return the weeks of the window."""
        return range(self.end - WINDOW + 1, self.end + 1)

    def past(self) -> range:
        """Return the weeks of the past."""
        return range(self.end + 1 - WINDOW * (self.windows + 1), self.end + 1 - WINDOW)


Counts = Callable[[Week], Mapping[Key, Known]]  # a week -> what each series counts in it


def week_of(day: date) -> Week:
    """Return the number of the ISO week of a day."""
    return (day.toordinal() - 1) // 7


def monday(week: Week) -> date:
    """Return the first day of a week."""
    return date.fromordinal(week * 7 + 1)


def sunday(week: Week) -> date:
    """Return the last day of a week."""
    return date.fromordinal(week * 7 + 7)


def last_week(today: date) -> Week:
    """Return the last week that is over and settled."""
    return week_of(today - SETTLED) - 1


def is_holiday(week: Week) -> bool:
    """Return whether 25 December or 1 January lies in the week."""
    first = monday(week)
    return (first.month == 12 and first.day >= 19) or (first.month, first.day) == (1, 1)


def keys_of(label: Label, functions: Iterable[str], countries: Iterable[str], lists: Iterable[str]) -> tuple[Key, ...]:
    """Return the series an event counts in."""
    values: dict[Dimension, Iterable[str]] = {"all": [""], "function": functions, "country": countries, "watch": lists}
    return tuple(Key(label, dimension, value) for dimension, found in values.items() for value in found)


def tally(occurrences: Iterable[Occurrence], feeds: frozenset[int] | None = None) -> dict[Key, Known]:
    """Return what each series counts of one week's events, by what these feeds, or any, had told by when."""
    counts: dict[Key, list[int]] = {}
    for occurrence in occurrences:
        days = [day for feed, day in occurrence.told if feeds is None or feed in feeds]
        late = max(0, week_of(min(days) - SETTLED) - occurrence.week) if days else WINDOW
        for key in occurrence.keys if late < WINDOW else ():
            known = counts.setdefault(key, [0] * WINDOW)
            for weeks_later in range(late, WINDOW):
                known[weeks_later] += 1
    return {key: (known[0], known[1], known[2], known[3]) for key, known in counts.items()}


def bases(end: Week, lives: Lives) -> Iterator[Basis]:
    """Yield what the window that ends with this week could be counted over, the longest past first.

    A feed counts if it answered in each week of the window and in nearly each of the past. Weeks in which none
    answered are nobody's fault and rest like holidays; nothing is yielded while too few have been seen at all.
    """
    seen = frozenset().union(*lives.values())
    for windows in BASELINES:
        whole = Basis(end, windows, frozenset(), frozenset())
        resting = frozenset(week for week in (*whole.past(), *whole.weeks()) if week not in seen or is_holiday(week))
        window, past = set(whole.weeks()) - resting, set(whole.past()) - resting
        if len(window) < WINDOW / 2 or len(past) < STEADY * len(whole.past()) - 2:
            continue
        steady = (feed for feed, weeks in lives.items() if window <= weeks and len(past & weeks) >= STEADY * len(past))
        yield Basis(end, windows, frozenset(steady), resting)


def window(counts: Counts, key: Key, basis: Basis) -> Span:
    """Return the window's count with its length."""
    return _span(counts, key, basis, basis.weeks())


def past(counts: Counts, key: Key, basis: Basis) -> list[Span]:
    """Return the counts of the past by fortnight: twice as many as windows, to tell how they scatter."""
    fortnights = (_span(counts, key, basis, (first, first + 1)) for first in basis.past()[::2])
    return [span for span in fortnights if span.weeks]


def share(counted: Sequence[Span], told: Sequence[Span]) -> float:
    """Return how much of what any feed told in the past came from the feeds that count; 1.0 of nothing."""
    of_all = sum(span.count for span in told)
    return sum(span.count for span in counted) / of_all if of_all else 1.0


def _span(counts: Counts, key: Key, basis: Basis, weeks: Iterable[Week]) -> Span:
    """Return the count of these weeks, each as it was known when the window it lies in ended."""
    count = length = 0
    for week in weeks:
        if week not in basis.resting:
            length += 1
            if found := counts(week).get(key):
                count += found[(basis.end - week) % WINDOW]
    return Span(count, length)
