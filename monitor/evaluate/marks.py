"""What one verdict was worth, as marks; and the figures that follow from counting them. Pure.

A mark is (question, reader's answer, program's answer). For a fact the two answers are one of OUTCOMES and "".
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from monitor.evaluate.agreement import Agreement, Pair, Rate
from monitor.evaluate.items import NUMBERS, WORDS, Item
from monitor.model import Facts, Kind, Label, Verdict

Mark = tuple[str, str, str]

EVENTS: Final = frozenset({Kind.EVENT, Kind.UPDATE})  # kinds that make or join an event, and so may alert
NO_EVENT: Final = "no event"
OUTCOMES: Final = ("exact", "within", "wrong", "missing", "filled", "empty")
FACTS: Final = tuple(name for name in (*NUMBERS, *WORDS) if name != "jobs_count_max")  # that is part of the count
_UNSTATED: Final = frozenset({"", "none", "none_stated", "unknown", "not stated"})
_SHARE_SAME, _SHARE_NEAR = 0.05, 1.0  # percentage points: one decimal is printed; "a third" is 33 or 33.3
_LEGAL: Final = re.compile(
    r"(?:\W+(?:inc|incorporated|corp|corporation|co|company|ltd|limited|llc|plc|ag|gmbh|kg|se|sa|sas|spa|ab|asa|nv|bv"
    r"|oyj|pte|pty|holdings?|group))+\W*$"
)


@dataclass(frozen=True, slots=True)
class FactScore:
    """How one fact fared: where the reader found it, and where he did not."""

    exact: Rate  # of the items that state it
    within: Rate  # ... exact, or the ranges of reader and program meet, or the share is a point off
    missing: Rate  # ... left empty
    wrongly_filled: Rate  # of the items that do not state it


def marks(item: Item, verdict: Verdict, canonical: Callable[[str], str]) -> list[Mark]:
    """Return what is counted of one verdict."""
    found = [
        ("label", item.label, str(verdict.label)),
        ("kind", item.kind, str(verdict.kind)),
        ("event", _side(item.label, item.kind), _side(verdict.label, verdict.kind)),
    ]
    return found + [
        (f"fact {name}", outcome(name, item.facts, verdict.facts, canonical), "")
        for name in FACTS
        if name in item.asked
    ]


def pairs(counts: Mapping[Mark, int], question: str) -> dict[Pair, int]:
    """Return how often each pair of answers to one question occurs."""
    return {(truth, given): count for (asked, truth, given), count in counts.items() if asked == question}


def event_rates(event: Agreement) -> tuple[Rate, Rate]:
    """Return precision and recall of what makes events, over all labels."""
    sides = {name: score for name, score in event.scores.items() if name != NO_EVENT}
    right = sum(event.confusion.get(name, {}).get(name, 0) for name in sides)
    given, true = sum(score.given for score in sides.values()), sum(score.n for score in sides.values())
    return Rate(right, given), Rate(right, true)


def fact_score(counts: Mapping[Mark, int], name: str) -> FactScore:
    """Return how one fact fared."""
    of = {result: counts.get((f"fact {name}", result, ""), 0) for result in OUTCOMES}
    stated = of["exact"] + of["within"] + of["wrong"] + of["missing"]
    return FactScore(
        exact=Rate(of["exact"], stated),
        within=Rate(of["exact"] + of["within"], stated),
        missing=Rate(of["missing"], stated),
        wrongly_filled=Rate(of["filled"], of["filled"] + of["empty"]),
    )


def outcome(name: str, truth: Mapping[str, Any], given: Facts, canonical: Callable[[str], str]) -> str:
    """Return how one fact of a verdict stands to what the reader found: one of OUTCOMES."""
    there, here = _stated(truth.get(name)), _stated(getattr(given, name))
    if there is None or here is None:
        return {(True, True): "empty", (True, False): "filled", (False, True): "missing"}[there is None, here is None]
    if name == "jobs_count":
        return _counts(there, truth.get("jobs_count_max"), here, given.jobs_count_max)
    if name == "share_pct":
        return "exact" if abs(there - here) < _SHARE_SAME else "within" if abs(there - here) <= _SHARE_NEAR else "wrong"
    if name == "company":
        same = folded(there, canonical) == folded(here, canonical)
    elif name == "country":
        same = _parts(there) == _parts(here)
    else:
        same = bool(there == here if name in NUMBERS else there.casefold() == here.casefold())
    return "exact" if same else "wrong"


def folded(name: str, canonical: Callable[[str], str]) -> str:
    """Return an employer's name without what spellings differ in: alias, case, accents, "The", "Inc."."""
    plain = unicodedata.normalize("NFKD", canonical(name)).casefold().removeprefix("the ")
    short = _LEGAL.sub("", plain) or plain
    return "".join(character for character in short if character.isalnum())


def _side(label: str, kind: str) -> str:
    """Return the label an article raises an event of, if it does."""
    return label if label != Label.NONE and kind in EVENTS else NO_EVENT


def _counts(there: float, there_max: float | None, here: float, here_max: float | None) -> str:
    """Return how two counts of people stand to each other: same number, ranges that meet, or neither."""
    if there == here:
        return "exact"
    meet = there <= (here_max or here) and here <= (there_max or there)
    return "within" if meet else "wrong"


def _parts(text: str) -> frozenset[str]:
    """Return the values of a list as facts print it: "US;GB"."""
    return frozenset(part.strip().casefold() for part in re.split("[;,]", text)) - {""}


def _stated(value: Any) -> Any:
    """Return a fact that says something, else None."""
    return None if isinstance(value, str) and value.casefold() in _UNSTATED else value
