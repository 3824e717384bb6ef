"""Two readings of the same items on one question: accuracy, kappa, scores by answer, confusion. Pure."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

MIN_FOR_MACRO: Final = 20  # items of an answer, below which its F1 says too little to be averaged

Pair = tuple[str, str]  # reader's answer, program's answer


@dataclass(frozen=True, slots=True)
class Rate:
    """A share with what it is a share of."""

    right: int
    n: int

    @property
    def share(self) -> float | None:
        """Return the share, or None of nothing."""
        return self.right / self.n if self.n else None


@dataclass(frozen=True, slots=True)
class Score:
    """Precision, recall and F1 of one answer; None where nothing could be counted."""

    n: int  # items the reader gave it to
    given: int  # items the program gave it to
    precision: float | None
    recall: float | None
    f1: float | None


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far two readings of the same items agree on one question."""

    n: int
    accuracy: float
    kappa: float
    scores: dict[str, Score]
    macro_f1: float | None  # over answers with at least MIN_FOR_MACRO items
    confusion: dict[str, dict[str, int]]  # reader's answer -> program's answer -> items


def agreement(counts: Mapping[Pair, int], averaged: frozenset[str] | None = None) -> Agreement:
    """Return agreement on one question from how often each pair of answers occurs.

    Kappa is Cohen's (1960), with chance from both readings' own shares. `averaged` names the answers of the macro
    mean, by default those with enough items.
    """
    n = sum(counts.values())
    truth, given = _sides(counts)
    right = {name: counts.get((name, name), 0) for name in sorted(truth.keys() | given.keys())}
    accuracy = sum(right.values()) / n if n else 0.0
    by_chance = sum(truth[name] * given[name] for name in truth) / (n * n) if n else 0.0
    kappa = (accuracy - by_chance) / (1 - by_chance) if by_chance < 1 else 1.0
    scores = {name: _score(right[name], truth[name], given[name]) for name in right}
    if averaged is None:
        averaged = frequent(counts)
    counted = [scores[name].f1 or 0.0 for name in sorted(averaged) if name in scores]
    confusion: dict[str, dict[str, int]] = {}
    for (a, b), count in sorted(counts.items()):
        confusion.setdefault(a, {})[b] = count
    macro = sum(counted) / len(counted) if counted else None
    return Agreement(n, accuracy, kappa, scores, macro, confusion)


def frequent(counts: Mapping[Pair, int]) -> frozenset[str]:
    """Return the answers the reader gave often enough to be averaged."""
    truth, _ = _sides(counts)
    return frozenset(name for name, n in truth.items() if n >= MIN_FOR_MACRO)


def _sides(counts: Mapping[Pair, int]) -> tuple[Counter[str], Counter[str]]:
    """Return how often each answer was given by the reader, and by the program."""
    truth: Counter[str] = Counter()
    given: Counter[str] = Counter()
    for (a, b), count in counts.items():
        truth[a] += count
        given[b] += count
    return truth, given


def _score(right: int, truth: int, given: int) -> Score:
    """Return the score of one answer from its counts."""
    precision = right / given if given else None
    recall = right / truth if truth else None
    f1 = 2 * right / (truth + given) if truth + given else None
    return Score(truth, given, precision, recall, f1)
