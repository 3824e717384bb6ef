"""What a trend says: a count beside what was to be expected of it, and what the headline figures are made of."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from monitor.model.vocabulary import Label

Dimension = Literal["all", "function", "country", "watch"]


@dataclass(frozen=True, slots=True)
class Point:
    """One bar of a chart."""

    start: date
    observed: float
    expected: float | None = None


@dataclass(frozen=True, slots=True)
class Signal:
    """One series of distinct events at the end of its newest window, against its past."""

    label: Label
    dimension: Dimension
    value: str  # of the dimension; "" for all
    window_days: int
    window_end: date  # last day counted
    observed: int
    expected: float | None  # None: too little past to expect anything
    low: float | None  # between these the count is usual
    high: float | None
    probability: float | None  # of a count so far off, either way, if nothing had changed; corrected for many series
    direction: Literal["more", "fewer"] | None
    state: Literal["surge", "note", "usual", "muted"]  # note: off, but the baseline is too small to be sure
    text: str  # one sentence: counts, odds, the promised rate of false alarms, feeds counted
    points: tuple[Point, ...] = ()  # weeks, oldest first
    since: date | None = None  # of a surge or note: end of the first unusual window; the same until it is usual again
    feeds: int = 0  # that were counted over
    coverage: float | None = None  # how much of the past's events came from these feeds, 0..1
    past_days: int = 0  # how far back the expectation reaches
    family: int = 0  # series of this dimension that could raise the same sort of message
