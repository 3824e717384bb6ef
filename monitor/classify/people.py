"""What a number of people means: jobs affected, headcount before or after, or the work software is said to do."""

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from monitor.classify.cues import CueBook
from monitor.classify.numbers import Number, counts
from monitor.classify.reading import Reading

Role = Literal["jobs", "before", "after", "fte", "none"]

_GAP_WORDS = 5
_NOT_PEOPLE = re.compile(
    r"\b(?:customers|users|clients|chats|calls|tickets|queries|questions|weeks?|months?|years?|days?|hours?"
    r"|minutes"
    r"|dollars?|euros?|pounds?|kronor|rupees|yen|percent|stores|shops|restaurants|outlets|branches"
    r"|countries|offices"
    r"|sites|shares?|points?|times|companies|firms|employers|respondents|executives polled|managers polled"
    r"|leaders"
    r"|languages|products|subscribers|applicants|applications|million|billion|articles|bots?|robots?|models"
    r"|gpus"
    r"|downloads|members|patients|students|readers|passengers|miles|words|pages|titles|layers)\b"
)
_STOPS = re.compile(r"\b(?:that|which|who|when|while|after|as|because|but|and|by|since|until|than|if|per|with)\b")
_WORK_OF = re.compile(
    r"(?:work|job|jobs|workload|tasks|output|equivalent|capacity|duties|amount of work|work done)"
    r" (?:of|to|by|as)(?: (?:about|around|some|over|more than|nearly|roughly|the|approximately|that of"
    r"|those of|work of|up to|at least))* ?$"
)
_EMPLOYS = re.compile(
    r"\b(?:employs|employed|employing|employ|workforce of|headcount of|staff of|payroll of|team of|has|have"
    r"|had|total of"
    r"|out of|of its|of their|of the|of our|of nearly|of about|of some|from|its|their|the|with|all)"
    r"(?: (?:a |the |its |about |around |some |nearly |over |more than |approximately |roughly |just "
    r"|under |almost |global"
    r"|worldwide |current |total |total of |now ))*(?:[a-z]+ )?$"
)
_STRONG = re.compile(
    r"^-?(?: |-)?(?:strong|person|people|employee|member) (?:workforce|team|company|firm|payroll|group"
    r"|staff)|^-strong"
)
_TO_HEADCOUNT = re.compile(
    r"\b(?:(?<!up )to|below|under)(?: (?:about|around|approximately|roughly|just|under|over|fewer than|less than"
    r"|some|nearly))* ?$"
)
_SOFT = (
    r"(?: (?:another|a further|an additional|about|around|some|nearly|almost|over|more than|up to"
    r"|as many as|at least|an"
    r"|estimated|approximately|roughly|the|all|all of its|its|his|her|their|close to|between|only|just"
    r"|back))* ?$"
)
_DIRECT = {
    "cut": re.compile(
        r"\b(?:cut|cuts|cutting|slash(?:es|ed|ing)?|shed|sheds|shedding|axe[sd]?|axing|eliminat(?:e|es|ed"
        r"|ing)"
        r"|drop(?:s|ped|ping)?|dismiss(?:es|ed|ing)?|fire[sd]?|firing|sack(?:s|ed|ing)?|lay(?:s|ing)? off"
        r"|laid off"
        r"|let(?:s|ting)? go(?: of)?|remov(?:e|es|ed|ing)|replac(?:e|es|ed|ing)|reduc(?:e|es|ed|ing)"
        r"|trim(?:s|med|ming)?|layoffs? (?:of|hits?|affects?)|redundancies)" + _SOFT
    ),
    "reversal": re.compile(
        r"\b(?:rehir(?:e|es|ed|ing)|(?:hire|take|taking|takes|took|bring|brings|bringing|brought|call"
        r"|calling|called) back"
        r"|reinstat(?:e|es|ed|ing)|add(?:s|ing)?|recall(?:s|ed|ing)?|recruit(?:s|ed|ing)?|hir(?:e|es|ed"
        r"|ing)|restor(?:e|es|ed|ing))" + _SOFT
    ),
    "hybrid": re.compile(
        r"\b(?:retrain(?:s|ed|ing)?|redeploy(?:s|ed|ing)?|reassign(?:s|ed|ing)?|reskill(?:s|ed|ing)?"
        r"|mov(?:e|es|ed|ing))" + _SOFT
    ),
}
_STAFF = re.compile(r"\b(?:employees|staff|workforce|headcount|people|workers|roles|jobs|positions)\b")
_RESTATES = re.compile(
    r"(?:\b(?:or|equivalent to|equates to|meaning|representing|affecting|affects|hitting)|[(-]) ?(?:about "
    r"|around |some |nearly |roughly |approximately )?$"
)
_MOVED = re.compile(
    r"^ (?:\w+ ){1,4}?(?:have been|has been|were|are being|will be|are to be|would be|are|had been) (?:\w+ )?"
    r"(?:(?P<cut>laid off|dismissed|let go|made redundant|fired|sacked|cut|affected|eliminated|axed"
    r"|told to leave)"
    r"|moved|rehired|brought back|called back|reassigned|reinstated|retrained|redeployed|hired back)\b"
)
_AS_SPEAKERS = re.compile(
    r"^ (?:\w+ ){0,3}?(?:people|employees|workers|staff|sources|insiders|executives) (?:familiar"
    r"|with (?:direct )?knowledge|who spoke"
    r"|signed|told|said|protest\w+|gathered|have signed|responded|surveyed|polled|in the survey|attended)"
)


_STAYS = re.compile(r"\b(?:keep|keeps|keeping|retain|retains|retaining)(?: (?:all|its|their|the|of|on))* ?$")
_SOFTWARE = re.compile(
    r"^ (?:\w+ )?(?:ai|digital|virtual|software|autonomous) (?:agents?|assistants?|bots?|workers|employees)\b"
)
_FLAT = re.compile(r"^ (?:\w+ ){1,4}?(?:to )?(?:stay|remain|stays|remains|steady|flat|stable)\b")


@dataclass(frozen=True, slots=True)
class Counted:
    """A number of people with its role."""

    number: Number
    role: Role


def counted(book: CueBook, reading: Reading, sides: frozenset[str]) -> list[Counted]:
    """Return the numbers of people in a sentence with their roles; a job count must be tied to one of the sides."""
    low = reading.low
    numbers = counts(low)
    found = _change(low, numbers)
    taken = {entry.number for entry in found}
    for number in numbers:
        role = "none" if number in taken else _role(book, low, number, reading, sides)
        if role != "none":
            found.append(Counted(number, role))
    return found


def _change(low: str, numbers: list[Number]) -> list[Counted]:
    """Return "from 5,500 to about 3,000" as headcount before and after; empty if the sentence has no such change."""
    for first, second in pairwise(numbers):
        between = low[first.end : second.start]
        falls = first.value > second.value and len(between) < 70
        start = low[max(0, first.start - 25) : first.start]
        says_from = re.search(r"\bfrom (?:\w+ ){0,3}$", start) is not None or re.search(r"^ ?to ", between) is not None
        changes = falls and says_from and re.search(r"\b(?:to|into)\b", between) and not _NOT_PEOPLE.search(between)
        if changes and _STAFF.search(low):
            return [Counted(first, "before"), Counted(second, "after")]
    return []


def _role(  # noqa: PLR0911  # one line a role
    book: CueBook, low: str, number: Number, reading: Reading, sides: frozenset[str]
) -> Role:
    """Return what one number means in its sentence."""
    before, after = low[max(0, number.start - 60) : number.start], low[number.end : number.end + 70]
    people = _people_after(book, after)
    if _WORK_OF.search(before):
        return "fte"
    if _STRONG.match(after):
        return "before"
    if _AS_SPEAKERS.match(after) or _STAYS.search(before) or _FLAT.search(after) or _SOFTWARE.match(after):
        return "none"
    direct = any(_DIRECT[side].search(before) for side in sides) and not _NOT_PEOPLE.match(after.lstrip(" -"))
    if not people and not (direct and number.value >= 5 and _ends_there(after)):
        return "none"
    if (
        not direct
        and _EMPLOYS.search(before)
        and not re.search(r"\b(?:to cut|cut|loss of|elimination of|lays? off) (?:\w+ )?$", before)
    ):
        return (
            "before"
            if re.search(r"\b(?:employ|workforce of|headcount of|staff of|team of|of (?:its|their|the|our))", before)
            else "none"
        )
    if _TO_HEADCOUNT.search(before) and re.search(
        r"\b(?:workforce|headcount|staff|employees|reduc|shrink)\w*\b", before
    ):
        return "after"
    moved = _MOVED.match(after)
    if moved is not None and sides & ({"cut"} if moved["cut"] else {"reversal", "hybrid"}):
        return "jobs"
    restated = _RESTATES.search(before) is not None and any(s.side in sides and not s.negated for s in reading.signals)
    return "jobs" if direct or restated or _tied(number, reading, sides) else "none"


def _people_after(book: CueBook, after: str) -> bool:
    """Return whether the noun counted is people or posts: within five words, with nothing else counted between."""
    match = book.words["counted"].search(after)
    if match is None:
        return False
    between = after[: match.start()]
    clean = not _NOT_PEOPLE.search(between) and not _STOPS.search(between) and not set(between) & set(",;:()")
    return clean and len(between.split()) <= _GAP_WORDS


def _ends_there(after: str) -> bool:
    """Return whether a bare number ("cuts 250") is not followed by a noun that is no people."""
    word = re.match(r"^[ -]?([a-z]+)?", after)
    return word is not None and (
        word.group(1) is None
        or re.match(r"^ of (?:the \d|(?:its|their|the|his|our|some \d)\b)", after) is not None
        or word.group(1)
        in {
            "and",
            "as",
            "in",
            "by",
            "at",
            "to",
            "after",
            "with",
            "while",
            "who",
            "because",
            "amid",
            "it",
            "from",
            "this",
            "across",
            "over",
            "on",
            "for",
            "globally",
            "worldwide",
            "more",
            "or",
        }
    )


def _tied(number: Number, reading: Reading, sides: frozenset[str]) -> bool:
    """Return whether an asserted or planned change of work stands within reach of the number."""
    return any(
        not signal.negated and signal.side in sides and signal.mark.start - 25 <= number.start <= signal.mark.end
        for signal in reading.signals
    )
