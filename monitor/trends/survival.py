"""Do cuts last? The share of recorded cuts that are not known to be reversed, by days since their announcement.

Kaplan and Meier (1958): a cut announced a month ago can tell only of its first month. The band is Greenwood's
variance on the log-log scale (Kalbfleisch and Prentice 1980), the one of R's `conf.type = "log-log"` and of lifelines.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log, sqrt
from typing import Final

_NORMAL: Final = 1.959963984540054  # 97.5 % of a normal distribution lie below


@dataclass(frozen=True, slots=True)
class Followed:
    """One cut: so many days it was followed, to its reversal or to today."""

    days: int
    is_reversed: bool


@dataclass(frozen=True, slots=True)
class Step:
    """From this day on, until the next step, so much stands."""

    days: int
    at_risk: int  # cuts followed this long and not reversed before
    reversed: int  # on this day
    share: float  # not yet reversed, 0..1
    low: float | None  # 95 % band; None where it is not defined: before the first reversal, and when nothing is left
    high: float | None


def curve(followed: Sequence[Followed]) -> list[Step]:
    """Return the steps of the curve: day 0, and each day on which a cut was reversed; none of no cut.

    A last step without a reversal says how far the cuts were followed.
    """
    if not followed:
        return []
    ended = Counter(one.days for one in followed if one.is_reversed)
    leaving = Counter(one.days for one in followed)
    steps = [] if ended[0] else [Step(0, len(followed), 0, 1.0, None, None)]
    at_risk, share, variance = len(followed), 1.0, 0.0
    for days in sorted(leaving):
        if ended[days]:
            share *= 1 - ended[days] / at_risk
            variance += ended[days] / (at_risk * (at_risk - ended[days])) if share else 0.0
            steps.append(Step(days, at_risk, ended[days], share, *_band(share, variance)))
        at_risk -= leaving[days]
    last = max(leaving)
    if steps[-1].days < last:
        steps.append(Step(last, leaving[last], 0, share, steps[-1].low, steps[-1].high))
    return steps


def standing(followed: Sequence[Followed], steps: Sequence[Step], days: int) -> Step | None:
    """Return how much stands after so many days, None where no cut was followed that long."""
    at_risk = sum(one.days >= days for one in followed)
    reached = [step for step in steps if step.days <= days]
    if not at_risk or not reached:
        return None
    last = reached[-1]
    return Step(days, at_risk, last.reversed if last.days == days else 0, last.share, last.low, last.high)


@dataclass(frozen=True, slots=True)
class Median:
    """The day by which half were reversed, with its 95 % interval; None where the curve does not get there."""

    days: int | None
    low: int | None
    high: int | None


def median(steps: Sequence[Step]) -> Median:
    """Return the median with the interval of Brookmeyer and Crowley (1982): where the band crosses a half."""

    def first(ends: Sequence[tuple[int, float | None]]) -> int | None:
        return next((days for days, value in ends if value is not None and value <= 0.5), None)

    return Median(
        first([(step.days, step.share) for step in steps]),
        first([(step.days, step.low) for step in steps]),
        first([(step.days, step.high) for step in steps]),
    )


def _band(share: float, variance: float) -> tuple[float | None, float | None]:
    if share in {0.0, 1.0}:
        return None, None
    middle = log(-log(share))
    wide = _NORMAL * sqrt(variance) / log(share)  # below zero, as log(share) is
    return exp(-exp(middle - wide)), exp(-exp(middle + wide))
