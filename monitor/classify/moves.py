"""What is done to those a number counts: the noun behind it, and the nearest word for it in the same clause."""

import re
from dataclasses import dataclass
from typing import Literal

from monitor.classify.factbook import FactBook
from monitor.classify.numbers import Number

Role = Literal["jobs", "before", "after", "fte", "whole"]  # whole: "200 of the 560"
Side = Literal["away", "back", "kept", "open"]  # open: no word known

LEFT, RIGHT = 90, 140  # characters of a clause looked at on either side
_GAP_WORDS = 6
_TRADE = re.compile(r"(?:ers|ors|ists|ants|ees|ians|men|women|ents)$")  # plurals of trades and occupations
_WORDS = re.compile(r"[^\s,;:()]+|[,;:()]")
_LETS = frozenset({"let", "lets", "letting"})
_LEAVES = frozenset({"leave", "leaves", "leaving"})
_WITHOUT = re.compile(
    r"\b(?:idle|jobless|without|out of|unemployed|redundant|stranded|behind|open|unfilled|empty|vacant)\b"
)
_GO = re.compile(r"\bgo\b")
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_OR_SO = ("or", "so")
_MARKS = frozenset(",;:()")
_LAST_WORDS = re.compile(r"[\w-]+")
_LISTED_MORE = 20  # characters after a list in which its noun may stand
_LISTED = re.compile(r"^(?: [\w-]+){1,2}(?:, (?!and )[\w-]+){1,3},? and (?:[\w-]+ ){0,2}?(?P<noun>[\w-]+)")
_AND_POSTS = re.compile(
    r"^(?: of hands\b| of staff\b|,? and (?:[\w-]+ ){0,2}(?:positions|jobs|roles|posts|staff|workers|employees)\b)"
)
_PARTING = "after|because|while|although|though|since|whereas|when|as|but|if"
# Each branch begins with a character of its own, so that places with any other are passed over at once.
_BOUNDARY = re.compile(rf";|:|\.(?: |$)|,(?: (?:{_PARTING}|even as) | )| (?:{_PARTING}|even as) ")
_TOLD = re.compile(r"\b(?:told|informed|notified|warned|written to|wrote to)\b")
_CALLED_BACK = re.compile(
    r"\b(?:to return|to come (?:back|home)|their (?:old )?(?:jobs|posts) back|back to work|will return"
    r"|are returning|start again)\b"
)
_ASIDE = re.compile(
    r", (?:who|which|whose|whom|of whom|many of whom|most|mostly|mainly|primarily|largely|chiefly|including"
    r"|among them|about|nearly|or|many|all) [^,]{0,70}, "
)
_COMMA = re.compile(rf", |;|:|\.(?: |$)| (?:{_PARTING}|and) ")  # likewise
_RESTORED = re.compile(
    r"\b(?<!not )(?<!never )(?:(?:asked|invited|brought|taken|called|welcomed|hired|won|coming|come|came|are|is|were"
    r"|was"
    r"|be|been|get|got|put|going|move|moved) back|rehired|re-hired|re-?engaged|reinstated|recalled|rejoin\w*"
    r"|(?:to|will|would|can|are to|invitation to|offers? to|agreed to) return|returned|return(?:ing)? to (?:work"
    r"|their|the)"
    r"|their (?:old )?(?:jobs|posts|badges|desks) back"
    r"|get (?:\w+ )?contracts|offered (?:their|new|re\w+)|would stay|were written to|have accepted"
    r"|signed (?:\w+ ){0,3}contracts|(?:are to"
    r"|will|can|may|allowed to) (?:stay|remain|keep)|once (?:more|again)"
    r"|(?:is|are|will) again|again (?:be )?[a-z]+(?:ing|e)\b|start(?:s|ed|ing)? (?:again|work|next|back|on))\b"
)
_NOT_BACK = re.compile(
    r"\b(?:not|never|won't|n't|no longer|without) (?:\w+ )?(?:be |been |get |have been )?(?:\w+ )?(?:wanted|needed"
    r"|required"
    r"|kept"
    r"|retained|asked back|invited back"
    r"|rehired|recalled|brought back|return|back|reinstated|renewed|continue|refilled|replaced)\b"
)
_NUMBER_WORD = re.compile(r"\d|\b(?:two|three|four|five|six|seven|eight|nine|ten|dozen|hundred|others?|rest)\b")
_VERB = 8  # characters of "will" or "are to" before the verb itself
_RESTORED_WITHIN = 220  # characters: a relative clause on what was done before may stand between
_SENTENCE_PART = re.compile(r"[;.] |, which ")
_OF_THE = re.compile(r" of (?:the|its|those|them|their)\b")
_ALL = re.compile(r"\b(?:all|the) $")
_MAIN = re.compile(  # "44 clerks who worked there will leave": the verb behind the relative clause
    r" (?:who|that|which|whom|whose) (?!(?:will|would|are|were|have|had|has|must|may|lose|lost)\b)[^,;]{4,70}? "
    r"(?:will|would|are to|must|face|have been|are being)\b"
)
_RELATIVE = re.compile(r",? (?:who|which|that|whom|whose|it|they|he|she|of whom)\b")


@dataclass(frozen=True, slots=True)
class Counted:
    """A number of people with its role, and for jobs what is done to them and how plainly it is said."""

    number: Number
    role: Role
    side: Side = "away"
    strength: float = 0.0  # 0 to 3
    undone: bool = False  # words before it undo what is done
    base: bool = False  # stands in a clause on what was done to them before
    sure: bool = True  # the noun is known to be people, or the verb to take no other


def noun_end(words: FactBook, after: str) -> int | None:
    """Return where the noun ends that is counted, if it is people or posts: within six words and one phrase."""
    listed = _LISTED.match(after)  # "130 billing, marketing and payroll employees"
    for noun in _LAST_WORDS.finditer(after, listed.start("noun"), listed.end() + _LISTED_MORE) if listed else ():
        if _is_people(words, noun.group()):
            return noun.end()
    for index, match in enumerate(_WORDS.finditer(after)):
        word = match.group().strip("\"'.!?-")
        if index < len(_OR_SO) and word == _OR_SO[index] and after.startswith(" or so "):
            continue
        if index >= _GAP_WORDS or not word or word in words.stops or word in _MARKS:
            return None
        plain = word.removesuffix("'s").rstrip("'")
        plain = (
            plain if plain in words.people else plain.split("-")[0] if plain.split("-")[0] in words.people else plain
        )
        if plain in words.not_people:  # "70 claims handlers" are people all the same
            joined = _AND_POSTS.match(after[match.end() :])
            if joined is not None:  # "1,100 claims and call-centre positions", "600 pairs of hands"
                return match.end() + joined.end()
            rest = after[match.end() :].split(maxsplit=1)
            if not rest or not _is_people(words, rest[0].strip("\"'.,;!?")):
                return None
            continue
        if _is_people(words, plain):
            return match.end()
    return None


def _is_people(words: FactBook, noun: str) -> bool:
    """Return whether a noun is people or posts, by the list or by an ending of trades."""
    return noun in words.people or (noun not in words.not_people and _TRADE.search(noun) is not None)


def move_of(words: FactBook, low: str, number: Number, noun: int | None) -> Counted | None:
    """Return what is done to those counted: the nearest word for it in the same clause, before or after them."""
    left = low[max(0, number.start - LEFT) : number.start]
    starts = [match.end() for match in _COMMA.finditer(left.removesuffix(": "))]  # "cull: 760"
    clause = left[starts[-1] :] if starts else left
    right = low[number.end : number.end + RIGHT]
    main = _MAIN.match(right, noun or 0)
    relative = _RELATIVE.match(right, noun or 0) is not None and not _TOLD.search(left) and main is None
    right = _ASIDE.sub(" ", right, count=1)
    boundary = _BOUNDARY.search(right, (noun or 0) + 1)
    right = right[: boundary.start()] if boundary else right
    best: Counted | None = None
    for match in words.moves.finditer(clause):
        if match.group() in _LETS and not _GO.search(right):
            continue
        if match.group() == "close" and clause.startswith(" to ", match.end()):  # "close to 500"
            continue
        if match.group() in _LEAVES and not _WITHOUT.search(right):  # "leaves 22 operators in charge"
            continue
        gap = len(clause) - match.end()
        strength = 3.0 if gap <= 26 else 2.0 if gap <= 50 else 1.0
        side: Side = match.lastgroup  # type: ignore[assignment]  # the groups are named after the sides
        best = Counted(number, "jobs", side, strength, undone=words.undone.search(low[: number.start]) is not None)
    after = words.moves.search(right, main.end() - _VERB if main else 0)
    direct = best is not None and best.strength >= 3 and best.side == "away"
    if not direct and noun is not None and _NOT_BACK.search(right):
        return Counted(number, "jobs", "away", 2.8)
    if not direct and (_CALLED_BACK.search(right) or _restored(low, number, noun)):
        return Counted(number, "jobs", "back", 3.2)  # "asks 70 handlers it dismissed to return"
    if after is not None:
        gap = after.start() - (noun or 0)
        strength = (2.8 if gap <= 14 else 2.2 if gap <= 45 else 1.8 if gap <= 75 else 1.2) - (1.2 if relative else 0.0)
        if best is None or strength > best.strength:
            side = after.lastgroup  # type: ignore[assignment]  # as above
            undone = words.undone.search(low[: number.start]) is not None
            best = Counted(number, "jobs", side, strength, undone=undone, base=relative)
    return best


def _restored(low: str, number: Number, noun: int | None) -> bool:
    """Return whether those counted are the ones who are back or stay, whatever a clause between says of before."""
    some = _ALL.search(low, max(0, number.start - 5), number.start) or _OF_THE.match(low, number.end)
    if noun is None and not some:
        return False
    noun = noun or 0
    end = _SENTENCE_PART.search(low, number.end)
    match = _RESTORED.search(low, number.end, min(number.end + _RESTORED_WITHIN, end.start() if end else len(low)))
    return match is not None and not _NUMBER_WORD.search(_YEAR.sub(" ", low[number.end + noun : match.start()]))
