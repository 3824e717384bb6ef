"""The one count of an article: of all numbers of people in it, the one the story is about."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from monitor.classify.factbook import FactBook
from monitor.classify.moves import Counted, Side
from monitor.classify.people import counted
from monitor.classify.reading import Reading, looks_back
from monitor.model import Label

LEAST = 3.5  # what speaks at least for a number
_NOT_OWN = 1.0  # what a sentence costs that names neither the employer nor "the company"
_ROUNDED = 0.15  # of a number in a headline: so far it may be from the one it rounds
_EARLIER = 1.0  # what it costs a number that it is of those who went before the turn
_FEW = 12  # so many people are easily somebody else: two employees who told the paper
_MOST = 3_000_000  # no employer has more people
_TOO_MANY = 500_000  # no employer takes so many posts away
_SOLE = 5
_PLAINLY = 2.8  # strength of what is said right beside the number
_MANY = 50_000  # so many are an industry's, unless the sentence has its employer say so
TALLY = re.compile(
    r"\b(?:challenger|layoffs\.fyi|tracker|says tally|tallied|across the (?:sector|industry|economy)|industry-wide"
    r"|worldwide in 20\d\d"
    r"|tech layoffs|economy|americans|u\.s\. employers|respondents|polled|surveyed|(?:employers|companies"
    r"|firms) (?:have )?(?:cut|announced|shed|axed))\b"
)
_BEFORE = 110  # characters before a number in which its subject stands
_SUBJECT = re.compile(
    r"(?:^|[;:,] (?:and |while |but )?|\. |\b(?:[Rr]ival|[Cc]ompetitor|[Ii]nsurer|[Bb]ank|[Rr]etailer|and|while|when"
    r"|after) )"
    r"((?:[A-Z][\w'’&.-]*\w)(?: (?:&|of|[A-Z][\w'’&.-]*\w))*)(?:,[^,;]{3,50},)? "
    r"(?:(?:has|have|had|also|last \w+|already|will|is|are|recently|announced|to|said it would|plans to) ){0,3}"
    r"(?:cut|cuts|cutting|shed|sheds|axed?|laid off|lays off|lay off|dropped|dismissed|fired|sacked|eliminat\w+"
    r"|hired|rehired"
    r"|replaced|removed|let go|slashed|trimmed)\b[^.;:]{0,45}$"
)
_NO_FIRM = frozenset(
    {"it", "they", "we", "the", "that", "this", "he", "she", "management", "bosses", "last", "in", "since"}
)
_CLAUSE = re.compile(r"[,;:]| than ")
_LONG_AGO = re.compile(r"\byears? (?:ago|after|since|before|earlier|later)\b|\blast year\b|\bin 20\d\d\b")
_AFTER_DOING = re.compile(r"\b(?:after|following|having|despite|since|(?:weeks|months|years?) after) [^.;,]{0,30}$")
_FIRST = (1.5, 0.9, 0.5)
_BOTH_WAYS = (2.5, 0.9, -0.5)  # of a plan with both the number is of those who go or move
_ORDER: dict[Label, tuple[Side, ...]] = {
    Label.CUT: ("away",),
    Label.REVERSAL: ("back", "kept"),
    Label.HYBRID: ("away", "kept", "back"),
    Label.NONE: ("away", "back", "kept"),
}

_SOLE_SIDES: dict[Label, frozenset[Side]] = {
    Label.CUT: frozenset({"away", "open"}),
    Label.REVERSAL: frozenset({"back", "kept", "open"}),
    Label.HYBRID: frozenset({"away", "kept"}),
    Label.NONE: frozenset({"away", "back"}),
}


@dataclass(frozen=True, slots=True)
class Stated:
    """A number of people as it stands in a sentence of the article."""

    reading: Reading
    entry: Counted
    index: int  # of the sentence among those read
    foreign: bool = False  # another name than the employer's is the subject of what is done

    @property
    def value(self) -> int:
        """Return the number."""
        return self.entry.number.value


def stated(words: FactBook, readings: Sequence[Reading], named: str | None, first: int = 0) -> list[Stated]:
    """Return all numbers of people of an article, title first; digits in the employer's own name are none.

    `first` is the index of the first reading, where others come before it.
    """
    name = (named or "\0").lower()
    return [
        Stated(reading, entry, index, foreign=_foreign(reading, entry.number.start, name))
        for index, reading in enumerate(readings, first)
        for entry in counted(words, reading.low)
        if _plausible(reading.low, entry, name)
    ]


def _plausible(low: str, entry: Counted, name: str) -> bool:
    """Return whether a number can be one employer's."""
    at = low.find(name)
    if 0 <= at <= entry.number.start < at + len(name):
        return False
    if entry.number.value > _MOST:
        return False
    if entry.role == "jobs" and entry.number.value > _TOO_MANY:
        return False
    return entry.role != "jobs" or entry.number.value < _MANY or 0 <= at < entry.number.start


def _foreign(reading: Reading, start: int, name: str) -> bool:
    """Return whether the subject before a number is another firm by its name: "Rival Corran Life shed 350 posts"."""
    if reading.zone == "title":
        return False
    match = _SUBJECT.search(reading.sentence.text, max(0, start - _BEFORE), start)
    if match is None:
        return False
    subject = match[1].lower().removesuffix("'s")
    first, own = subject.split(maxsplit=1)[0], name.split(maxsplit=1)[0]
    return first not in _NO_FIRM and subject not in name and own not in subject


def choose(words: FactBook, numbers: Sequence[Stated], label: Label, *, least: float = LEAST) -> Stated | None:
    """Return the number of jobs the story is about, or None if no number is tied to what is done."""
    jobs = [number for number in numbers if number.entry.role == "jobs"]
    if any(number.reading.zone == "title" and TALLY.search(number.reading.low) for number in jobs):
        return None
    whole = {
        n.value: n for n in numbers if n.entry.role == "whole" and n.reading.zone != "body" and not n.reading.other
    }
    if label is Label.HYBRID and len(whole) == 1:  # "200 of the 560 will be kept": the plan is about 560
        return next(iter(whole.values()))
    best: Stated | None = None
    most = least
    for number in jobs:
        if label is Label.HYBRID and number.reading.zone == "body":  # a plan says at its beginning whom it is about
            continue
        score = _score(words, number, label)
        score += 0.8 * min(2, sum(other.value == number.value and other is not number for other in jobs))
        if score > most:
            best, most = number, score
    return best


def sole(words: FactBook, numbers: Sequence[Stated], label: Label) -> Stated | None:
    """Return the one number of people of title and opening, where there is but one and nothing speaks against it."""
    lead = [
        number
        for number in numbers
        if number.entry.role == "jobs" and number.reading.zone != "body" and number.entry.sure and number.value >= _SOLE
    ]
    if len({number.value for number in lead}) != 1:
        return None
    number = lead[0]
    reading, side = number.reading, number.entry.side
    contrary = side not in _SOLE_SIDES[label] and not number.entry.undone
    outside = reading.other or number.foreign or TALLY.search(reading.low) is not None
    return None if contrary or outside or _past(words, number) else number


def kept_after_all(numbers: Sequence[Stated], lead: Sequence[Reading]) -> Stated | None:
    """Return the number of jobs a cut was about that the story undoes, where the lead has but one such number."""
    cut = [
        number
        for number in numbers
        if number.entry.role == "jobs"
        and any(number.reading is reading for reading in lead)
        and number.value > _FEW
        and not _LONG_AGO.search(number.reading.low)
    ]
    return cut[0] if len({number.value for number in cut}) == 1 and cut[0].entry.strength >= 2 else None


def fullest(numbers: Sequence[Stated], chosen: Stated) -> Stated:
    """Return the mention of the chosen number that says most: a range, a qualified one, the exact for the round."""
    value, zone = chosen.value, chosen.reading.zone
    for other in numbers:
        upper = other.entry.number.upper
        if other.entry.role == "jobs" and upper is not None and value in {other.value, upper}:
            return other
    if chosen.entry.number.qualifier != "exact":
        for other in numbers:
            near = 0 < abs((other.entry.number.upper or other.value) - value) <= _ROUNDED * value
            says_more = other.entry.number.qualifier in {"exact", "range"} and other.reading.zone == "opening"
            if other.entry.role == "jobs" and zone == "title" and near and says_more:
                return other
        return chosen
    for other in numbers:
        if other.value == value and other.entry.role == "jobs" and other.entry.number.qualifier != "exact":
            return other
    return chosen


def _score(words: FactBook, number: Stated, label: Label) -> float:
    """Return how much speaks for a number being the one the story is about."""
    reading, entry = number.reading, number.entry
    order = _ORDER[label]
    side: Side = "back" if label is Label.REVERSAL and entry.side == "away" and entry.undone else entry.side
    score = entry.strength
    score += {"title": 3.0, "opening": 1.5, "body": 0.3}[reading.zone] + (0.5 if number.index <= 1 else 0.0)
    if side == "open":
        score += {Label.HYBRID: -2.0, Label.NONE: -0.5}.get(label, 0.5)
    else:
        weights = _BOTH_WAYS if label is Label.HYBRID else _FIRST
        score += weights[order.index(side)] if side in order else -2.5
    if label is Label.NONE and reading.zone == "body":
        score -= 2.0
    if reading.zone != "title":
        score -= 0.0 if reading.own or number.index <= 1 else _NOT_OWN
        score -= 1.2 if _SOLE <= number.value <= _FEW and entry.strength < _PLAINLY else 0.0
    score -= 3.0 if number.value < _SOLE else 0.0
    if _past(words, number):
        score -= 3.0
    if reading.other or TALLY.search(reading.low) or number.foreign:
        score -= 3.0
    if label is Label.REVERSAL and side == "away" and _AFTER_DOING.search(reading.low, 0, entry.number.start):
        score -= _EARLIER  # "after replacing 700": how many of them come back is another number
    if not entry.sure:
        score -= 1.0 if label is not Label.NONE else 4.0
    return score - (1.0 if entry.base else 0.0)


def _past(words: FactBook, number: Stated) -> bool:
    """Return whether words near a number, in its clause, say that it is of an earlier time.

    Of people who come back, what is said of the time they went is left out: "rehires 90 clerks it dropped last year".
    """
    reading, entry = number.reading, number.entry
    low, start, end = reading.low, entry.number.start, entry.number.end
    stop = len(low)
    if entry.side == "back":
        went = next((match for match in words.moves.finditer(low, end) if match.lastgroup == "away"), None)
        stop = went.start() if went else stop
    clause = _CLAUSE.split(low[end : min(end + 70, stop)], maxsplit=1)[0]
    if words.past.search(low[max(0, start - 60) : end] + clause):
        return True
    return looks_back(low, start, end, tuple(span for span in reading.pasts if span[0] < stop))
