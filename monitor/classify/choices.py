"""What a text says in words that stand for an entry of a closed list: function, form of employment, reason, country."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from monitor.classify.factbook import FactBook
from monitor.classify.reading import Reading

_ADJECTIVE = re.compile(r"(?:ish|an|ese|ch|ss|ans|gian|chen?|ska|li|ine)$")
_SORT = re.compile(
    r"^ (?:[\w\-]+ ){0,2}?(?:company|firm|start-?up|insurer|bank|retailer|lender|airline|publisher|chain|maker"
    r"|group|studio|platform"
    r"|operator|giant|provider|consultancy|carrier|utility|agency|carmaker|broadcaster|fintech|telco|telecoms?"
    r"|supplier|grocer|supermarket"
    r"|jobs|staff|workforce|employees|workers|business|arm|unit|operations?|offices?|subsidiary|restaurants"
    r"|customers|aseguradora|aerolínea)\b"
)
_SORT_LEFT = re.compile(r"\b(?:aerolínea|aseguradora|cadena|empresa|agence|entreprise|banque|prestataire|cadena) $")
_IN = re.compile(
    r"\b(?:in|across|throughout|at (?:its|their)|from (?:its|their)|near|outside|around|en|à|i|bei|based in|of"
    r"|from)(?: (?:the|its|their|central|northern|southern|eastern|western"
    r"|downtown|suburban)){0,2} $"
)
_BASED = re.compile(r"^-(?:based|headquartered)\b|['’]s [A-Z]")
_DATELINE = re.compile(r"^[^.!?]{0,60}?(?: [-–—]|:) ")
_CAPITALS = re.compile(r"^[A-ZÀ-Þ][A-ZÀ-Þ .'\-]{3,}(?=[,:. ])")
_DATELINE_LENGTH = 60
_NEAR = 70  # characters after a number of people in which the place is where they work


@dataclass(frozen=True, slots=True)
class Choice:
    """An entry of a closed list with the words it was read from."""

    entry: str
    reading: Reading
    start: int
    end: int


def function(words: FactBook, readings: Sequence[Reading]) -> Choice | None:
    """Return the sort of work that the first sentence with any names first."""
    for reading in readings:
        some = words.any_function.search(reading.low)
        match = some and words.function.match(reading.low, some.start())
        if match is not None and match.lastindex is not None:
            return Choice(words.functions[match.lastindex - 1], reading, match.start(), match.end())
    return None


def ranked(words: FactBook, name: str, readings: Sequence[Reading]) -> Choice | None:
    """Return the entry that stands highest in its list, of the first sentence with any."""
    for reading in readings:
        for entry, pattern in words.lists[name].items():
            match = pattern.search(reading.low)
            if match is not None:
                return Choice(entry, reading, match.start(), match.end())
    return None


def country(words: FactBook, readings: Sequence[Reading], at: tuple[Reading, int] | None, name: str) -> Choice | None:
    """Return the country the jobs are in: where the number stands, the dateline, the firm's nationality, other places.

    `at` is the place of the job count, and `name` the employer's, whose own words are no place.
    """
    scores: dict[str, float] = {}
    found: dict[str, tuple[float, Choice]] = {}
    for reading in readings:
        text = reading.sentence.text
        if reading.sentence.start == 0 and reading.place == "text":  # "COLUMBUS, Ohio - "
            text = _CAPITALS.sub(lambda city: city.group().title(), text[:_DATELINE_LENGTH]) + text[_DATELINE_LENGTH:]
        dateline = _DATELINE.match(text) if reading.sentence.start == 0 and reading.place == "text" else None
        own = (text.find(name), len(name)) if name else (-1, 0)
        for match in words.place.finditer(text):
            if 0 <= own[0] <= match.start() < own[0] + own[1]:
                continue
            near = at is not None and at[0] is reading and 0 < match.start() - at[1] <= _NEAR
            weight = _weight(
                text, match, in_dateline=dateline is not None and match.start() < dateline.end(), near=near
            )
            if weight <= 0:
                continue
            code = words.countries[match.group()]
            scores[code] = scores.get(code, 0.0) + weight
            if code not in found or weight > found[code][0]:
                found[code] = (weight, Choice(code, reading, match.start(), match.end()))
    return found[max(scores, key=lambda code: scores[code])][1] if scores else None


def _weight(text: str, match: re.Match[str], *, in_dateline: bool, near: bool) -> float:
    """Return how much a place says about where the jobs are."""
    before, after = text[max(0, match.start() - 40) : match.start()], text[match.end() : match.end() + 40]
    if in_dateline:
        return 2.5
    if _SORT.match(after) or _SORT_LEFT.search(before):
        return 2.0
    if _BASED.match(after):
        return 2.0
    if _ADJECTIVE.search(match.group()) and match.group() not in {"Japan", "Taiwan", "Michigan", "Milan"}:
        return 0.0
    if _IN.search(before) or re.search(r"(?:,| and|&) $", before):
        return 2.5 if near else 1.0
    return 0.0
