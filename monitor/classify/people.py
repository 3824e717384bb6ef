"""What a number of people means: jobs affected, headcount before or after, or the work software is said to do."""

import re
from itertools import pairwise
from typing import Literal

from monitor.classify.affected import DOWN_TO, ENDS, PASSIVE, RESTATES, of_bare, of_object, of_people
from monitor.classify.factbook import FactBook
from monitor.classify.moves import LEFT, RIGHT, Counted, move_of, noun_end
from monitor.classify.numbers import Number, counts

_RIGHT_BEFORE = 3.0  # strength of a word for what is done that stands right before
_WORK_OF = re.compile(
    r"(?:\b(?:work|job|jobs|workload|tasks|output|capacity|duties|equivalent|do|does|did|doing|done) (?:of|to|by"
    r"|as|for)?"
    r"|\b(?:equivalent|equal) (?:of|to)|\bequals|\bload of|\bload equal to that of|\bequal to that of|\beffort of"
    r"|\bwhat|\blike|\bas good as|\bwould (?:take|need|require|occupy)|\bworth|stand(?:s"
    r"|ing)? in for|amount of work of|comes? to"
    r"|replac\w+ the work of)"
    r"(?: (?:about|around|some|over|more than|nearly|roughly|the|approximately|that of|those of|work of|up to"
    r"|at least|another))* ?$"
)
_DID = re.compile(r" (?:did|do|does|could|would|used to|had)\b")
_FTE_AFTER = re.compile(
    r"^ (?:[\w-]+ ){0,3}?[\w-]+(?:s'|'s|s) {1,2}(?:work|worth|workload|output)\b|^ (?:[\w-]+ ){0,3}?(?:it|the software"
    r"|the bot) (?:stands|replaces)"
)
_WORK_WORDS = re.compile(
    r"\b(?:work|workload|worth|equivalent|tasks|output|stands? in|capacity|equals|load|would|what|like|effort|equal"
    r"|good)\b"
)
_EMPLOYS = re.compile(
    r"\b(?:employs|employed|employing|employ|workforce of|headcount of|headcount at|workforce at|staff of|payroll of"
    r"|team of"
    r"|total of|payroll at"
    r"|beschäftigt|emploie|emplea|sysselsätter|has a staff of|fields)"
    r"(?: (?:a|the|its|about|around|some|nearly|over|more than|approximately|roughly|just|under|almost|global"
    r"|worldwide|current"
    r"|total|now|still|at least|fewer than))* ?$"
)
_OWNS = re.compile(
    r"\b(?P<of>(?:out )?of )?(?:its|their|his|her|our|the (?:company|bank|firm|group)['’]?s?|seiner|ses|sus|sina)"
    r"(?: (?:about|around|some|nearly|over|more than|roughly|approximately|total|all|current|global|remaining|own"
    r"|full))* ?$"
)
_PART = re.compile(
    r"(?:\b(?:of|out of|among|par|seiner|sur)(?: (?:the|all|its|their|our|those|these|about|around|some|nearly"
    r"|roughly|more than|over|a total of))* ?$)"
)
_QUANTITY = re.compile(
    r"(?:\d|%|percent|per cent|half|third|quarter|fifth|tenth|hundred|some|many|most|all|none|part|any|one|two"
    r"|three|four|five|six"
    r"|seven|eight|nine|ten|eleven|twelve)(?: [\w-]+){0,3} ?$"
)
_WILL_EMPLOY = re.compile(r"\b(?:will|to|would|and) employ(?: (?:about|around|some|nearly|over|up to|another|all))* ?$")
_ONE = re.compile(r"\b(?:one|any|each|some|none) of(?: (?:the|its|about|some|around))* $")
_ONE_OF = re.compile(r"\b(?:is|was|among|as|,) one of(?: (?:the|about|some|around))* $")
_STRONG = re.compile(
    r"^-?(?: |-)?(?:strong|person|people|employee|member) (?:workforce|team|company|firm|payroll|group|staff"
    r"|desk)|^-strong"
)
_FROM = re.compile(
    r"\b(?:from|against|versus|vs|instead of|rather than|compared with|compared to|not|as against|short of|beyond"
    r"|than its"
    r"|than their|than the)"
    r"(?: (?:the|its|about|some|around|over|present|current))* ?$"
)
_HEADCOUNT = re.compile(
    r"\b(?:workforce|headcount|staff|employees|payroll|staffing|shrink|shrunk|scaled|grown|grew|effectif"
    r"|belegschaft|plantilla)\w*\b"
)
_STAFF = re.compile(
    r"\b(?:employees|staff|workforce|headcount|people|workers|roles|jobs|positions|payroll|anställda|employés)\b"
)
_AS_SPEAKERS = re.compile(  # sources, the public, people in a row who are nobody's staff here
    r"^ (?:\w+ ){0,3}?(?:people|employees|workers|staff|sources|insiders|executives) (?:familiar"
    r"|with (?:direct )?knowledge|who spoke|told|said|gathered|responded|surveyed|polled|in the survey|attended)"
    r"|^[^.;]{0,60}\b(?:signed (?:an? |the )?(?:open )?(?:letter|petition|statement)|threaten\w*|protest\w*"
    r"|walk(?:ed)? out|voted)\b"
    r"|^ (?:[\w-]+ ){1,3}?(?:apply|applied|wrote|complained|watched|sang|queued|filled in|called in|turned up|came out"
    r"|walked|were led|were evacuated|marched|watch|use|used (?!to\b)|visit)\b"
)
_PER = re.compile(r"^[^.;,]{0,30}\b(?:per|each|every) (?:shift|store|branch|site|counter)")
_OF_ANY = re.compile(
    r"\b(?:companies|firms|employers|businesses|organisations|organizations|shops) (?:with|of|employing"
    r"|that employ|that have)(?: \w+){0,3} $"
)
_HANDED = re.compile(
    r"\b(?:hand|gave|giv|pass|transfer|shift|mov)\w* (?:over )?(?:the )?(?:work|jobs|tasks|duties) of (?:\w+ ){0,2}$"
)
_AGENTS = re.compile(r"^ (?:[\w-]+ )?agents\b")
_AGENTIC = re.compile(r"\b(?:ai|software|autonomous|digital|virtual) agents\b|\bagentic\b")
_HAS = re.compile(
    r"\b(?<!will )(?<!to )(?<!would )(?:has|have|had|have got|ve got|pool of|budgets? for|study of|survey of|poll of"
    r"|sample of|interviews with)"
    r"(?: (?:about|around|some|nearly|over|more than|only|just|now|still|a|the))* $"
)
_NO_FEWER = re.compile(r"\b(?:at|below|of|than|be) (?:no fewer|no less) than $|\bnot to fall below $")
_WHERE = re.compile(r"\bwhere (?:about|around|some|nearly|more than)? ?$")
_AS_MUCH_AS = re.compile(
    r"\bas (?P<how>many|much|well|fast|quickly|good|often) (?!as )[^.;]{1,50} as (?:about |around |some )?$"
)
_OFFERED = re.compile(  # who may leave if they like: how many do is another number
    r"\b(?:exits?|buy-?outs?|buy-outs?|severance|redundancy|retirement|resignation|departure)\b[^.;,]{0,25}"
    r"\b(?:offered|open|extended|available|made|put) to (?:(?:all|about|around|some|nearly|over|more than|its|the) )*$"
)
_ANYBODY = re.compile(r"\byou (?:(?!we|they|it|our|that|the)[\w']+ ){1,4}$")  # "you can't lay off 500 people and ..."
_OTHERS_BEFORE = re.compile(
    "|".join(p.pattern for p in (_WHERE, _NO_FEWER, _HAS, _AS_MUCH_AS, _OF_ANY, _OFFERED, _ANYBODY))
)
_SOFTWARE = re.compile(
    r"^ (?:\w+ )?(?:ai|digital|virtual|software|autonomous) (?:agents?|assistants?|bots?|workers|employees)\b"
)
_FLAT = re.compile(
    r"^ (?:\w+ ){1,4}?(?:to )?(?:(?:stays?|remains?) (?:steady|flat|stable|unchanged|the same|at|about|on)|steady"
    r"|flat|stable"
    r"|unaffected)\b"
)


def counted(words: FactBook, low: str) -> list[Counted]:
    """Return the numbers of people in a lower-case sentence with their roles; numbers without one are left out."""
    numbers = counts(low)
    if not numbers:
        return []
    found = _change(low, numbers)
    taken = {entry.number for entry in found}
    for number in numbers:
        entry = None if number in taken or number.value < 2 else _entry(words, low, number)
        if entry is not None:
            found.append(entry)
    return found


def _change(low: str, numbers: list[Number]) -> list[Counted]:
    """Return "from 5,500 to about 3,000" as headcount before and after; empty if the sentence has no such change."""
    for first, second in pairwise(numbers):
        between = low[first.end : second.start]
        falls = first.value > second.value and len(between) < 70
        start = low[max(0, first.start - 25) : first.start]
        says_from = re.search(r"\bfrom (?:\w+ ){0,3}$", start) is not None or re.search(r"^ ?to ", between) is not None
        if falls and says_from and re.search(r"\b(?:to|into)\b", between) and _STAFF.search(low):
            return [Counted(first, "before"), Counted(second, "after")]
    return []


def _entry(words: FactBook, low: str, number: Number) -> Counted | None:
    """Return what one number means in its sentence, or None if it is no number of people."""
    before, after = low[max(0, number.start - LEFT) : number.start], low[number.end : number.end + RIGHT]
    noun = noun_end(words, after)
    ends = noun is not None or ENDS.match(after) is not None  # so that it may count people at all
    if noun is not None and _HANDED.search(before):
        return Counted(number, "jobs", "away", 3.0)
    if _does_work_of(before, after, noun, ends=ends):
        return Counted(number, "fte")
    if ends and _is_part(before):  # "200 of the 320 advisers"
        return Counted(number, "whole")
    entry = _affected(words, low, number, noun, ends=ends)
    return None if entry is None or _somebody_else(low, before, after, noun) else entry


def _affected(words: FactBook, low: str, number: Number, noun: int | None, *, ends: bool) -> Counted | None:
    """Return what is done to those counted, or that they are all who are employed."""
    before, after = low[max(0, number.start - LEFT) : number.start], low[number.end : number.end + RIGHT]
    move = move_of(words, low, number, noun)
    direct = move is not None and move.strength >= _RIGHT_BEFORE and not _owned_by_others(words, before)
    role = _headcount(before, after, noun, direct=direct, ends=ends)
    if role is not None:
        return Counted(number, role) if role != "none" else None
    if noun is None:
        return of_object(words, number, before, after, move) or of_bare(words, low, number, move)
    return of_people(words, number, before, after[noun:], move)


def _does_work_of(before: str, after: str, noun: int | None, *, ends: bool) -> bool:
    """Return whether software is said to do the work of so many."""
    if noun is not None and _FTE_AFTER.match(after):
        return True
    equal = _AS_MUCH_AS.search(before)
    if equal is not None and equal["how"] in {"many", "much"} and _DID.match(after, noun or 0):
        return True
    return ends and _WORK_WORDS.search(before[-45:]) is not None and _WORK_OF.search(before) is not None


def _is_part(before: str) -> bool:
    """Return whether a part of those counted was named before: "200 of the 320", but not "she is one of 41 agents"."""
    part = _PART.search(before)
    named = part is not None and _QUANTITY.search(before[: part.start()].rstrip()) is not None
    return named and not _OWNS.search(before) and not _ONE.search(before)


def _somebody_else(low: str, before: str, after: str, noun: int | None) -> bool:
    """Return whether those counted are a source, software, people who stay, or what the number was before."""
    if (
        _OTHERS_BEFORE.search(before)
        or (_ONE.search(before) and not _ONE_OF.search(before))
        or _PER.match(after)
        or _AS_SPEAKERS.match(after)
        or _FLAT.search(after)
        or _SOFTWARE.match(after)
        or (_AGENTS.match(after) and _AGENTIC.search(low))
    ):
        return True
    return _FROM.search(before) is not None and not (noun is not None and before.endswith("from "))


def _owned_by_others(words: FactBook, before: str) -> bool:
    """Return whether an owner stands before a number, and no word for what is done right before that."""
    owned = _OWNS.search(before)
    if owned is None:
        return False
    left = before[: owned.start()].rstrip()
    return all(match.end() < len(left) for match in words.moves.finditer(left))


def _headcount(
    before: str, after: str, noun: int | None, *, direct: bool, ends: bool
) -> Literal["before", "after", "none"] | None:
    """Return whether a number is of those employed, "none" if of some that stay, or None if neither.

    `direct` says that a word for what is done to them stands right before the number.
    """
    if ends and DOWN_TO.search(before) and RESTATES.search(before) is None and _HEADCOUNT.search(before):
        return "after"
    owned = None if noun is None else _OWNS.search(before)
    part = owned is not None and owned["of"] and _QUANTITY.search(before[: owned.start()].rstrip())
    if part or (not direct and _STRONG.match(after)):  # "a third of its 900 support staff", "a 900-strong team"
        return "before"
    employed = ends and not direct and _EMPLOYS.search(before) is not None and _WILL_EMPLOY.search(before) is None
    if employed:  # "employs 44 underwriters" says nothing of all it employs
        return "before" if noun is None or _STAFF.search(after, 0, noun) else "none"
    if direct or owned is None or noun is None or PASSIVE.match(after, noun):
        return None
    return "before" if owned["of"] or _STAFF.search(after, 0, noun) else "none"
