"""Whether a probability means what it says: of the verdicts given at 0.9, are nine in ten right? Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

BINS: Final = 10  # of equal width, as in Guo et al., On Calibration of Modern Neural Networks (2017)


@dataclass(frozen=True, slots=True)
class Bin:
    """The verdicts of one stretch of probability; the upper end belongs to the next, but for 1."""

    low: float
    high: float
    n: int
    probability: float  # mean of what was said
    right: float  # share of what was right


@dataclass(frozen=True, slots=True)
class Calibration:
    """How well probabilities are kept."""

    n: int
    brier: float | None  # mean square of (probability - right); 0 is best (Brier 1950)
    expected_error: float | None  # mean distance of a bin's probability from its share right, by size of bin
    bins: tuple[Bin, ...]  # those with verdicts


def calibration(said: Sequence[tuple[float, bool]]) -> Calibration:
    """Return how well probabilities are kept, from pairs of (probability that the label is right, whether it was)."""
    if not said:
        return Calibration(0, None, None, ())
    sorted_in: dict[int, list[tuple[float, bool]]] = {}
    for probability, right in said:
        sorted_in.setdefault(min(int(probability * BINS), BINS - 1), []).append((probability, right))
    bins = tuple(_bin(index, members) for index, members in sorted(sorted_in.items()))
    n = len(said)
    return Calibration(
        n=n,
        brier=sum((probability - right) ** 2 for probability, right in said) / n,
        expected_error=sum(part.n * abs(part.probability - part.right) for part in bins) / n,
        bins=bins,
    )


def _bin(index: int, members: Sequence[tuple[float, bool]]) -> Bin:
    n = len(members)
    mean, right = sum(p for p, _ in members) / n, sum(r for _, r in members) / n
    return Bin(index / BINS, (index + 1) / BINS, n, mean, right)
