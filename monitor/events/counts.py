"""Whether two accounts' numbers can be of one event. Pure."""

from typing import Final, Protocol

FACTOR: Final = 10.0  # outlets differ, add up, and tell of a part first; beyond an order of magnitude it is another
FACTOR_ELSEWHERE: Final = 1.5  # ... in what is said of another function
NEAR: Final = 1.1  # 320 and "about 300" agree
TELLING: Final = 10  # a smaller number of people is in common by chance

# From what to what a stated number may be meant, in parts of it (CODEBOOK.md 5 has the qualifiers).
_MEANT: Final = {
    "about": (0.8, 1.25),
    "at_least": (1.0, 2.0),
    "up_to": (0.25, 1.0),
    "estimate": (0.5, 2.0),
    "hundreds": (0.5, 10.0),
}


class Numbers(Protocol):
    """What is stated of one action in numbers; None is "not stated"."""

    @property
    def jobs_count(self) -> int | None:
        """People, or the lower end of a range."""

    @property
    def jobs_count_max(self) -> int | None:
        """Upper end of a range or of "up to"."""

    @property
    def jobs_qualifier(self) -> str:
        """How the number is meant."""

    @property
    def jobs_implied(self) -> int | None:
        """Computed from what is stated."""

    @property
    def fte_equivalent(self) -> int | None:
        """Work of so many people, by a claim."""

    @property
    def share_pct(self) -> float | None:
        """Stated percentage."""

    @property
    def headcount_before(self) -> int | None:
        """People employed before."""

    @property
    def headcount_after(self) -> int | None:
        """People employed after."""


def agreements(one: Numbers, other: Numbers) -> int:
    """Return how many numbers the two have in common; 0 where none is stated twice or none is telling."""
    pairs = (
        (one.fte_equivalent, other.fte_equivalent),
        (one.headcount_before, other.headcount_before),
        (one.headcount_after, other.headcount_after),
    )
    same_jobs = any(_near(ours, theirs) for ours in _jobs(one) for theirs in _jobs(other))
    same_share = one.share_pct is not None and one.share_pct == other.share_pct
    return same_jobs + same_share + sum(_near(ours, theirs) for ours, theirs in pairs)


def contradict(one: Numbers, other: Numbers, *, elsewhere: bool = False) -> bool:
    """Return whether both state how many, and no reading makes that one number.

    A share and a count contradict nothing of each other, a computed number nothing at all, and what agrees in any
    number is one story whose other number is of a part. `elsewhere`: the two are said of different functions.
    """
    apart = max(_apart(_meant(one), _meant(other)), _apart(_claimed(one), _claimed(other)))
    return apart > (FACTOR_ELSEWHERE if elsewhere else FACTOR) and not agreements(one, other)


def _jobs(numbers: Numbers) -> list[int]:
    stated = (numbers.jobs_count, numbers.jobs_count_max, numbers.jobs_implied)
    return [number for number in stated if number is not None]


def _near(one: int | None, other: int | None) -> bool:
    if one is None or other is None or min(one, other) < TELLING:
        return False
    return max(one, other) <= NEAR * min(one, other)


def _meant(numbers: Numbers) -> tuple[float, float] | None:
    """Return between which numbers of people the stated one may lie."""
    count = numbers.jobs_count
    if count is None:
        return None
    low, high = _MEANT.get(numbers.jobs_qualifier, (1.0, 1.0))
    return count * low, max(count * high, float(numbers.jobs_count_max or 0))


def _claimed(numbers: Numbers) -> tuple[float, float] | None:
    fte = numbers.fte_equivalent
    return None if fte is None else (float(fte), float(fte))


def _apart(one: tuple[float, float] | None, other: tuple[float, float] | None) -> float:
    """Return by what factor the ranges miss each other; at most 1 where they overlap, or one is not stated."""
    if one is None or other is None:
        return 1.0
    return max(one[0] / max(other[1], 1.0), other[0] / max(one[1], 1.0))
