"""How far a figure might be off: the same figures over items drawn anew, group by group. Pure but for the dice given.

Percentile bootstrap (Efron & Tibshirani 1993, chapter 13), over groups where items of one group are not independent.
"""

import random
import statistics
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Final

from monitor.evaluate.agreement import Agreement, agreement, frequent
from monitor.evaluate.marks import NO_EVENT, Mark, event_rates, fact_score, pairs

RESAMPLES: Final = 1000
_IN_FORTIETHS: Final = 40  # 2.5 % a step: the first and the last cut enclose 95 %


@dataclass(frozen=True, slots=True)
class Figure:
    """A main figure with what it rests on and the interval it lies in 95 times of 100."""

    value: float | None
    n: int
    low: float | None
    high: float | None


def figures(grouped: Sequence[Sequence[Mark]], dice: random.Random, resamples: int = RESAMPLES) -> dict[str, Figure]:
    """Return the main figures with their intervals, from the marks of each group of items."""
    counts = Counter(chain.from_iterable(grouped))
    averaged = frequent(pairs(counts, "label"))  # as of all items: a draw does not change what is averaged
    measured = _measured(counts, averaged)
    drawn: dict[str, list[float]] = {name: [] for name in measured}
    for _ in range(resamples):
        again = Counter(chain.from_iterable(dice.choices(grouped, k=len(grouped))))
        for name, (value, _) in _measured(again, averaged).items():
            if value is not None and name in drawn:
                drawn[name].append(value)
    return {name: Figure(value, n, *ends(drawn[name])) for name, (value, n) in measured.items()}


def ends(values: Sequence[float]) -> tuple[float | None, float | None]:
    """Return the ends of the interval; none where there were no two draws to tell it from."""
    if len(values) < 2:
        return None, None
    cuts = statistics.quantiles(values, n=_IN_FORTIETHS, method="inclusive")
    return cuts[0], cuts[-1]


def _measured(counts: Mapping[Mark, int], averaged: frozenset[str]) -> dict[str, tuple[float | None, int]]:
    """Return each main figure with the number of items it rests on."""
    label = agreement(pairs(counts, "label"), averaged)
    kind = agreement(pairs(counts, "kind"))
    found: dict[str, tuple[float | None, int]] = {
        "label.accuracy": (label.accuracy, label.n),
        "label.kappa": (label.kappa, label.n),
        "label.macro_f1": (label.macro_f1, label.n),
    }
    for name, score in label.scores.items():
        found[f"label.{name}.f1"] = (score.f1, score.n)
    found |= {"kind.accuracy": (kind.accuracy, kind.n), "kind.kappa": (kind.kappa, kind.n)}
    found |= _events(agreement(pairs(counts, "event")))
    for name in ("jobs_count", "company"):
        score_of = fact_score(counts, name)
        found[f"{name}.exact"] = (score_of.exact.share, score_of.exact.n)
        found[f"{name}.wrongly_filled"] = (score_of.wrongly_filled.share, score_of.wrongly_filled.n)
    return found


def _events(found: Agreement) -> dict[str, tuple[float | None, int]]:
    """Return precision and recall of what alerts, for all labels and for each."""
    precision, recall = event_rates(found)
    measured: dict[str, tuple[float | None, int]] = {
        "events.precision": (precision.share, precision.n),
        "events.recall": (recall.share, recall.n),
    }
    for name, score in found.scores.items():
        if name != NO_EVENT:
            measured[f"events.{name}.precision"] = (score.precision, score.given)
            measured[f"events.{name}.recall"] = (score.recall, score.n)
    return measured
