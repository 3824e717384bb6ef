"""What is done to those a number counts where it is no headcount: by their noun, or by the words around the number."""

import re

from monitor.classify.factbook import FactBook
from monitor.classify.moves import LEFT, RIGHT, Counted
from monitor.classify.numbers import Number

ENDS = re.compile(
    r"^(?: (?:and|as|in|by|at|to|after|with|while|who|because|amid|it|from|this|across|over|on|for|globally"
    r"|worldwide|more|or|på|i|of the"
    r"|when|since|next|but|so|people|ahead|go|-)\b|[.,;:!?)]|$| of (?:\d|them|those|(?:its|their|the|his|our"
    r"|some \d)\b)| - )"
)
RESTATES = re.compile(
    r"(?:\b(?:or|equivalent to|equates to|equal to|amounting to|meaning|representing|that is|i\.e\.)|[(-]"
    r"|, ) ?(?:about |around |some |nearly |roughly "
    r"|approximately |almost |more than |over )?$"
)
PASSIVE = re.compile(
    r" (?:\w+ ){0,2}?(?:laid off|made redundant|let go|dismissed|fired|sacked|cut|axed|lost|gone|to go|will go"
    r"|would go|would leave"
    r"|will leave|out of work|without work|leave|losing|rehired|hired|brought back|reinstated|called back"
    r"|retrained|recalled"
    r"|redundant|surplus|jobless|idle|out|are coming back|are back|return|returned|under contract|affected"
    r"|go with it)\b"
)
DOWN_TO = re.compile(
    r"\b(?:(?<!up )to|below|under)(?: (?:about|around|approximately|roughly|just|under|over|fewer than"
    r"|less than|some|nearly))* ?$"
)
_LEAST_BARE = 5  # fewer without a noun are a date, a room, a page
_RIGHT_BEFORE = 3.0  # strength of a word for what is done that stands right before
_CLOSE = 2.2  # strength of a word for what is done that stands near
_NEAR_VERB = 40  # characters before a number in which its verb stands
_OF_THINGS = 4  # words in which "of its hospitals" stands
_BEGINS = re.compile(
    r"(?:^|[.;:,-] |\b(?:and|where|but) )(?:(?:about|around|some|nearly|almost|at least|more than|over|up to|another"
    r"|roughly"
    r"|as many as|only|just|all|fully) )*$"
)
_DOES = re.compile(
    r"^ (?:or so )?(?:have|has|will|would|are|were|had|to (?:go|exit|leave|lose|be|return|join|stay)|took|accepted"
    r"|left|lose|lost|stay|remain|go|went|return"
    r"|returned) "
    r"(?!per\b|cent\b)"
)
_OUT = re.compile(r"^ out\b")
_OF_THEM = re.compile(r"^ of (?:them|those)\b")
_PART_WITH = re.compile(r"\b(?:part(?:s|ed|ing)? with|tak(?:e|es|ing) on|took on) $")
_WHEN = re.compile(r"\b(?:at|in|on|to|from|with|within|per|until|past|before|after|room|issue) $")
_BESIDE = re.compile(  # a number behind a preposition is no object: "to all 1,900 staff", "in three regions"
    r"\b(?:in|at|across|over|for|within|by|of|on|(?<!up )to|from|with|among|told|tells|telling|between|per)"
    r"(?: (?:all|its|their|the|some|about|around|nearly|more than))* $"
)
_PLURAL = re.compile(r"^(?! ?-)(?: [\w'-]+){0,2}? ([a-zà-ÿ]{2,}[^\W\dsui]s)\b")
_GONE = re.compile(r",? (?:\w+ )?(?:out(?=[.,;:]|$)|(?:obsolete|losses|fewer|gone|go)\b)")
_TEAM_BY = re.compile(
    r"\b(?:team|workforce|staff|headcount|payroll|jobs|roles)\b[^.;,]{0,30} by (?:about |around |some |nearly "
    r"|up to |more than |at least )?$"
)
_STAYS = re.compile(
    r"\b(?:keep|keeps|keeping|retain|retains|retaining|still has|ring-fences?|guaranteed?|guarantees)(?: (?:all|its"
    r"|their"
    r"|the|of|on))* ?$"
)


def of_people(words: FactBook, number: Number, before: str, after: str, move: Counted | None) -> Counted | None:
    """Return what is done to people or posts that are counted; `after` begins behind their noun."""
    direct = move is not None and move.strength >= 3
    if not direct and RESTATES.search(before) and "away" in {m.lastgroup for m in words.moves.finditer(before)}:
        return Counted(number, "jobs", "away", 2.6, undone=words.undone.search(before) is not None)
    if move is None and (PASSIVE.match(after) or _GONE.match(after)):
        return Counted(number, "jobs", "away", 2.5)
    if _STAYS.search(before):
        return None
    if move is None and _BESIDE.search(before):
        return None
    return move or Counted(number, "jobs", "open", 1.6)


def of_object(words: FactBook, number: Number, before: str, after: str, move: Counted | None) -> Counted | None:
    """Return what is done to those counted by a noun that is not known: "lays off 40 grooms", "drops 40 grooms"."""
    plural = _PLURAL.match(after)
    if plural is None or _BESIDE.search(before) or move is None or move.strength < 3 or number.value < 2:
        return None
    if any(word in words.not_people or word in words.stops for word in plural.group().split()):
        return None
    return move if words.staff_only.search(before[-_NEAR_VERB:]) else None


def of_bare(words: FactBook, low: str, number: Number, move: Counted | None) -> Counted | None:
    """Return what is done to those a number without a noun counts: "cuts 250", "52 laid off", "team by 1,500"."""
    before, after = low[max(0, number.start - LEFT) : number.start], low[number.end : number.end + RIGHT]
    if any(word.strip(".,;") in words.not_people for word in after.split(maxsplit=4)[:_OF_THINGS]):
        return None
    begun = _of_subject(number, after, move)
    if begun is not None and _BEGINS.search(before):
        return begun
    if move is None or (_OF_THEM.match(after) and not words.staff_only.search(before[-_NEAR_VERB:])):
        return None
    ends = ENDS.match(after) is not None and DOWN_TO.search(before) is None
    if ends and _TEAM_BY.search(before):
        return Counted(number, "jobs", move.side, 3.0)
    plain = move.strength >= _RIGHT_BEFORE and low[number.start].isdigit() and number.value >= _LEAST_BARE and ends
    when = _WHEN.search(before) is not None and not _PART_WITH.search(before)
    return move if not when and (plain or PASSIVE.match(after)) else None


def _of_subject(number: Number, after: str, move: Counted | None) -> Counted | None:
    """Return what is done to so many with whom a clause begins: "Around 600 have been offered", "220 out, 90 in"."""
    if number.value >= _LEAST_BARE and _DOES.match(after):
        return move if move is not None and move.strength >= _CLOSE else Counted(number, "jobs", "open", 1.6)
    return Counted(number, "jobs", "away", 2.8) if _OUT.match(after) else None
