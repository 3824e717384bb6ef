"""Is a window's count a surge? One verdict per series and week, and the promise every message states.

The promise: if nothing changed, no more than PROMISE messages come from all series of one dimension together, looked at
all the time. It is kept by four things. The windows move by whole weeks, so there are 52 looks a year and not 365. The
probability is multiplied by the number of series that could alarm (Bonferroni: it bounds how many false messages are
to be expected, which is what a rate is). RISK is set where simulated histories, Poisson and far from it, keep the
rate (`benchmarks/trends.py`; measured 2026-11-22). And what goes on is one message: `since` stays until the count is
usual again.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from typing import Final

from monitor.model import Point, Signal
from monitor.trends import wording
from monitor.trends.chance import UPWARD, Span, Tails, at_least_poisson, band, expected, first_rare, tails
from monitor.trends.series import (
    COVERED,
    LABELS,
    WINDOW,
    Basis,
    Counts,
    Key,
    Known,
    Lives,
    Occurrence,
    Week,
    bases,
    monday,
    past,
    share,
    sunday,
    tally,
    window,
)

PROMISE: Final = (3, 2)  # at most so many false messages in so many years, of one dimension
RISK: Final = 0.04  # of one look at all series of a dimension
# Expected in a window: from 20 a doubling is found nine times of ten, from 12 every second time (measured, too).
SURE: Final = 16.0
USUAL: Final = 0.2  # a count this probable ends what was unusual
EMPLOYERS: Final = 3  # different ones that "more" needs
CHART_WEEKS: Final = 26
_LONGEST: Final = 60  # weeks an unusual run is followed back; by then it is the past itself
_ALL: Final = tuple(Key(label, "all", "") for label in LABELS)
_REMEMBERED: Final = 4  # sets of feeds whose counts are kept: one for each past that is tried, and one


@dataclass(frozen=True, slots=True)
class Reading:
    """One series at the end of one window, before it is held against the others."""

    key: Key
    observed: Span
    past: tuple[Span, ...]
    coverage: float
    tails: Tails

    @property
    def expected(self) -> float:
        """Return the count to expect."""
        return expected(self.observed.weeks, self.past)

    @property
    def is_muted(self) -> bool:
        """Return whether too much of the past came from feeds that do not tell any more."""
        return self.coverage < COVERED

    @property
    def is_sure(self) -> bool:
        """Return whether a message about the series can be a surge."""
        return self.expected >= SURE


def risk(family: int) -> float:
    """Return below which corrected probability a count is unusual, where so many series share the promise.

    The rarer a count, the shorter its run, and the more separate messages are in the same number of rare looks: a
    year's messages shrink more slowly than the risk of a look, as its power 0.77 (measured 2026-11-22).
    """
    return RISK * float(family**-0.3)


class Ledger:
    """All there is to judge from, loaded once; asked for any week, it remembers what it counted."""

    def __init__(self, occurrences: Iterable[Occurrence], lives: Lives) -> None:
        self._by_week: dict[Week, list[Occurrence]] = defaultdict(list)
        for occurrence in occurrences:
            self._by_week[occurrence.week].append(occurrence)
        self._lives = lives
        self._told = self._counting(None)
        self._counts = lru_cache(_REMEMBERED)(self._counting)
        self.basis = cache(self._basis)
        self.reading = cache(self._reading)

    def judge(self, end: Week) -> list[Signal]:
        """Return the signal of each series for the window that ends with this week, as known when it ended."""
        basis = self.basis(end)
        if basis is None:
            return [self._unknown(key, end) for key in self.keys(end)]
        found = [self.reading(key, end) for key in self.keys(end)]
        families = Counter((one.key.dimension, one.is_sure) for one in found if not one.is_muted)
        return [self._signal(one, basis, families[one.key.dimension, one.is_sure]) for one in found]

    def _signal(self, one: Reading, basis: Basis, family: int) -> Signal:
        plain = Signal(
            label=one.key.label, dimension=one.key.dimension, value=one.key.value, window_days=7 * WINDOW,
            window_end=sunday(basis.end), observed=one.observed.count, expected=None, low=None, high=None,
            probability=None, direction=None, state="muted", text="", points=self._points(one.key, basis, one),
            feeds=len(basis.feeds), coverage=one.coverage, past_days=7 * len(basis.past()), family=family,
        )  # fmt: skip
        if one.is_muted:
            return replace(plain, text=wording.muted(plain, COVERED))
        low, high = band(one.observed.weeks, one.past)
        probability = min(1.0, one.tails.probability * family)
        plain = replace(plain, expected=one.expected, low=low, high=high, probability=probability, state="usual")
        if probability >= risk(family) or not self._told_of_enough(one, basis):
            return replace(plain, text=wording.usual(plain))
        unusual = replace(plain, direction=one.tails.direction, since=sunday(self._since(one, basis.end)))
        if one.is_sure:
            surge = replace(unusual, state="surge")
            return replace(surge, text=wording.surge(surge, PROMISE))
        note = replace(unusual, state="note")
        return replace(note, text=wording.note(note, self._power(one, family)))

    def _told_of_enough(self, one: Reading, basis: Basis) -> bool:
        if one.tails.direction == "fewer":
            return True
        told = (occurrence for week in basis.weeks() for occurrence in self._by_week.get(week, ()))
        return len({occurrence.company_id for occurrence in told if one.key in occurrence.keys}) >= EMPLOYERS

    def _since(self, one: Reading, end: Week) -> Week:
        """Return the last week of the first window of this unusual run."""
        for week in range(end - 1, end - _LONGEST, -1):
            earlier = self.reading(one.key, week) if self.basis(week) else None
            if earlier is None or earlier.tails.probability >= USUAL or earlier.tails.direction != one.tails.direction:
                return week + 1
        return end - _LONGEST + 1

    def _power(self, one: Reading, family: int) -> float:
        """Return the chance that a doubling of this series would be noticed."""
        noticed = first_rare(one.observed.weeks, one.past, risk(family) * UPWARD / family)
        return at_least_poisson(noticed, 2 * one.expected)

    def _reading(self, key: Key, end: Week) -> Reading:
        basis = self.basis(end)
        if basis is None:
            raise LookupError(f"nothing to hold week {end} against")
        counts = self._counts(basis.feeds)
        before = past(counts, key, basis)
        observed = window(counts, key, basis)
        told = past(self._told, key, basis)
        coverage = share(before, told) if basis.feeds else 0.0
        return Reading(key, observed, tuple(before), coverage, tails(observed, before))

    def _basis(self, end: Week) -> Basis | None:
        """Return the longest past that is told of well enough; the shortest there is where none is."""
        shortest = None
        for shortest in bases(end, self._lives):
            counted, told = (_total(counts, shortest) for counts in (self._counts(shortest.feeds), self._told))
            if shortest.feeds and counted >= COVERED * told:
                return shortest
        return shortest

    def _counting(self, feeds: frozenset[int] | None) -> Counts:
        """Return the weekly counts by these feeds, or by any; a week is counted once."""
        return cache(lambda week: tally(self._by_week.get(week, ()), feeds))

    def keys(self, end: Week) -> list[Key]:
        """Return the series there is something to say of: those with events of late, and all of each label."""
        basis = self.basis(end)
        weeks = range(basis.past().start if basis else end - WINDOW + 1, end + 1)
        told = {key for week in weeks for key, known in self._told(week).items() if known[min(end - week, WINDOW - 1)]}
        return sorted(told | set(_ALL))

    def _points(self, key: Key, basis: Basis, one: Reading) -> tuple[Point, ...]:
        counts = self._counts(basis.feeds)
        rate = None if one.is_muted else one.expected / one.observed.weeks
        weeks = [*basis.past(), *basis.weeks()][-CHART_WEEKS:]
        return tuple(Point(monday(week), _now(counts(week).get(key), basis.end - week), rate) for week in weeks)

    def _unknown(self, key: Key, end: Week) -> Signal:
        """Return the signal of a series whose feeds have not been asked for long enough."""
        weeks = range(end - CHART_WEEKS + 1, end + 1)
        points = tuple(Point(monday(week), _now(self._told(week).get(key), end - week)) for week in weeks)
        observed = sum(int(point.observed) for point in points[-WINDOW:])
        asked = {week for found in self._lives.values() for week in found if week <= end}
        plain = Signal(
            label=key.label, dimension=key.dimension, value=key.value, window_days=7 * WINDOW, window_end=sunday(end),
            observed=observed, expected=None, low=None, high=None, probability=None, direction=None, state="muted",
            text="", points=points,
        )  # fmt: skip
        return replace(plain, text=wording.unknown(plain, len(asked)))


def _total(counts: Counts, basis: Basis) -> int:
    """Return how many events of all labels are known of the past by now."""
    weeks = [counts(week) for week in basis.past() if week not in basis.resting]
    return sum(found[key][-1] for found in weeks for key in _ALL if key in found)


def _now(known: Known | None, weeks_later: int) -> int:
    """Return a week's events as known so many weeks later."""
    return known[min(weeks_later, WINDOW - 1)] if known else 0
