"""How many reversals there are to a cut, with the interval the figure lies in 95 times of 100."""

from dataclasses import dataclass
from math import exp, lgamma, log
from typing import Final

_TAIL: Final = 0.025  # beyond each end
_HALVINGS: Final = 40
_NEGLIGIBLE: Final = 1e-12


@dataclass(frozen=True, slots=True)
class Ratio:
    """Reversals to cuts; an end or value that is None is without bound (no cut) or unknown (neither)."""

    reversals: int
    cuts: int
    ratio: float | None
    low: float | None
    high: float | None


def ratio(reversals: int, cuts: int) -> Ratio:
    """Return the ratio with its exact interval: of all that is one or the other, a share is reversals.

    Clopper and Pearson (1934) for the share p; the ratio is p / (1 - p). Counts are taken as independent: where
    they come in bursts, the truth is less sure than this.
    """
    total = reversals + cuts
    if not total:
        return Ratio(0, 0, None, None, None)
    low = _share(reversals, total) if reversals else 0.0
    high = 1 - _share(cuts, total) if cuts else 1.0
    return Ratio(reversals, cuts, reversals / cuts if cuts else None, _odds(low), _odds(high))


def _odds(share: float) -> float | None:
    return share / (1 - share) if share < 1 else None


def _share(count: int, total: int) -> float:
    """Return the share at which `count` or more of `total` would be found with the chance of one tail."""
    low, high = 0.0, count / total
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if _at_least(count, total, middle) < _TAIL:
            low = middle
        else:
            high = middle
    return low


def _at_least(count: int, total: int, share: float) -> float:
    """Return the chance of `count` or more of `total`, for a share below count / total."""
    tail = term = exp(
        lgamma(total + 1) - lgamma(count + 1) - lgamma(total - count + 1)
        + count * log(share) + (total - count) * log(1 - share)
    )  # fmt: skip
    while count < total and term > tail * _NEGLIGIBLE:
        term *= (total - count) / (count + 1) * share / (1 - share)
        count += 1
        tail += term
    return tail
