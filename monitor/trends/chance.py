"""How likely a count is, given earlier counts, if nothing changed: the test behind every signal.

Counts that share one rate, given their total, fall into the two spans like a beta-binomial: the conditional test of
Przyborowski and Wilenski (1940) for two Poisson rates, with the spread of counts that come in bursts (negative
binomial, variance a fixed multiple of the mean). It needs no estimate of the rate, so a short past costs power and
not honesty. The multiple is not estimated either: the odds are averaged over a grid of multiples, each weighted by
how well it explains how the earlier counts scatter. Where they scatter like chance alone, that is nearly the exact
Poisson test; where little is known of the scatter, the tails are heavy.
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, lgamma
from typing import Final, Literal

MULTIPLES: Final = (1.0001, 1.25, 1.5, 2.0, 3.0, 5.0, 8.0)  # variance of a count over its mean; the first is Poisson
UPWARD: Final = 0.9  # of the risk of a false alarm is taken on "more": what people want to hear of
BAND: Final = 0.025  # of the chance lies beyond each end of the band
_NEGLIGIBLE: Final = 1e-12

Direction = Literal["more", "fewer"]


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time that was counted over."""

    count: int
    weeks: float


@dataclass(frozen=True, slots=True)
class Tails:
    """The chance of a count at least, and at most, as high, if nothing changed."""

    at_least: float
    at_most: float

    @property
    def direction(self) -> Direction:
        """Return on which side the count is the rarer one."""
        return "more" if self.at_least < self.at_most else "fewer"

    @property
    def probability(self) -> float:
        """Return the chance of a count so far off either way, in the shares of UPWARD."""
        return min(1.0, self.at_least / UPWARD, self.at_most / (1 - UPWARD))


def expected(weeks: float, past: Sequence[Span]) -> float:
    """Return the count to expect in so many weeks at the rate of the past, which must not be empty."""
    return weeks * sum(span.count for span in past) / sum(span.weeks for span in past)


def tails(observed: Span, past: Sequence[Span]) -> Tails:
    """Return how rare a count is after this past, if both have one rate."""
    count, before = sum(span.count for span in past), sum(span.weeks for span in past)
    total = count + observed.count
    if not total:
        return Tails(1.0, 1.0)
    rate = total / (before + observed.weeks)
    sizes = [rate / (multiple - 1) for multiple in MULTIPLES]  # of a negative binomial, a week
    at_least = at_most = 0.0
    for size, weight in zip(sizes, _weights(sizes, past, count, before), strict=True):
        if weight > _NEGLIGIBLE:
            up, down = _beta_binomial(observed.count, total, size * observed.weeks, size * before)
            at_least += weight * up
            at_most += weight * down
    return Tails(min(1.0, at_least), min(1.0, at_most))


def band(weeks: float, past: Sequence[Span]) -> tuple[int, int]:
    """Return the lowest and the highest usual count: each end is passed in less than 1 of 40 spans."""
    middle = int(expected(weeks, past))
    low = bisect_left(range(middle), x=True, key=lambda count: tails(Span(count, weeks), past).at_most >= BAND)
    return low, first_rare(weeks, past, BAND) - 1


def first_rare(weeks: float, past: Sequence[Span], risk: float) -> int:
    """Return the lowest count that is reached or passed with less than this probability, if nothing changed."""
    start = int(expected(weeks, past))
    step = 8
    while tails(Span(start + step, weeks), past).at_least >= risk:
        step *= 2
    reached = bisect_left(range(step), x=True, key=lambda more: tails(Span(start + more, weeks), past).at_least < risk)
    return start + reached


def at_least_poisson(count: int, mean: float) -> float:
    """Return the chance of `count` or more where `mean` are expected."""
    below = term = exp(-mean)
    for number in range(1, count):
        term *= mean / number
        below += term
    return max(0.0, 1 - below) if count else 1.0


def _weights(sizes: Sequence[float], past: Sequence[Span], count: int, before: float) -> list[float]:
    """Return how far each spread explains the scatter of the past, given its total; all alike before one is seen."""
    likelihoods = [
        lgamma(size * before)
        - lgamma(size * before + count)
        + sum(lgamma(size * span.weeks + span.count) - lgamma(size * span.weeks) for span in past if span.count)
        for size in sizes
    ]
    best = max(likelihoods)
    relative = [exp(likelihood - best) for likelihood in likelihoods]
    return [one / sum(relative) for one in relative]


def _beta_binomial(count: int, total: int, here: float, there: float) -> tuple[float, float]:
    """Return the chances of at least and at most `count` of `total` falling here; summed away from the middle."""
    exactly = exp(
        lgamma(total + 1) - lgamma(count + 1) - lgamma(total - count + 1)
        + lgamma(here + count) - lgamma(here)
        + lgamma(there + total - count) - lgamma(there)
        + lgamma(here + there) - lgamma(here + there + total)
    )  # fmt: skip
    upward = count >= total * here / (here + there)
    tail = term = exactly
    at = count
    while term > tail * _NEGLIGIBLE and at != (total if upward else 0):
        if upward:
            term *= (total - at) * (here + at) / ((at + 1) * (there + total - at - 1))
            at += 1
        else:
            term *= at * (there + total - at) / ((total - at + 1) * (here + at - 1))
            at -= 1
        tail += term
    rest = max(0.0, 1 - tail + exactly)
    return (tail, rest) if upward else (rest, tail)
