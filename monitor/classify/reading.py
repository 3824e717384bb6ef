"""One sentence read: what is done to human work, whether it is tied to AI, how it is meant, and how much it counts."""

import re
from dataclasses import dataclass

from monitor.classify.cues import Mark
from monitor.classify.sentences import Sentence
from monitor.model import Place

Spans = tuple[tuple[int, int], ...]
SIDES = ("cut", "reversal", "hybrid")
_PLAIN = {"’": "'", "‘": "'", "“": '"', "”": '"', "\u00a0": " ", "–": "-", "—": "-", "‑": "-"}  # of the same length
_QUOTE = re.compile(r"'(?:(?<!\w')|(?!\w))")  # not the apostrophe inside a word
_THOUSANDS = re.compile(r"[,\u202f](?<=\d.)(?=\d\d\d)")
_HEDGE = re.compile(
    r"\b(?:could|may|might|would (?:have|need|be(?! (?:laid|cut|losing|let|made|replaced|eliminated|dismissed)))"
    r"|can|how close|can't|cannot|potential(?:ly)?|possibl[ey]"
    r"|perhaps|fears?|feared|worr(?:y|ies|ied)"
    r"|risks?|threat(?:s|ens?|ened|ening)?|whether|if|should|concerns?|at risk|likely|unlikely|rumou?r(?:s"
    r"|ed)?|anxiety"
    r"|debate|someday|one day|eventually|speculat\w+|imagine|scenario|prospect|possibility|afraid|dread"
    r"|vulnerable|loom\w*|dumb\w*|bad idea|nonsense|ridiculous|myth|overblown|overhyped|accused of|prevent"
    r"|stop ai|to stop|close to|closer to|stoking|doomsday|poised|capable of|avoid|hypothetical\w*"
    r"|coming for)\b"
)
_NEGATION = re.compile(
    r"(?:\b(?:not|never|no|without|nor|cannot|denie[sd]|deny|denying|rather than|more than|less than"
    r"|instead of|isn't|aren't|won't|doesn't|didn't"
    r"|don't|wasn't|weren't|hasn't|haven't|hardly|refus\w+|ruled out|rules out|nobody"
    r"|none of)\b)(?! (?:only|just|surpris|alone|immediately|all |every))(?: \w+){0,3} ?$"
)
_NOBODY = re.compile(
    r"\b(?:no|none of the|not one) (?:[\w.]+ ){1,5}(?:will|would|has|have|can|is|are|plans? to)(?: \w+)? ?$"
)
_AFTER = re.compile(
    r"\b(?:after|following|having|since|once|despite|whose|(?:who|which|that) (?:was|were"
    r"|had))(?: \w+){0,4} $"
)
_DISMISSED = re.compile(
    r".{0,30}\b(?:is|are|was|would be) .{0,12}\b(?:dumb\w*|stupid|nonsense|foolish|a bad idea|a mistake"
    r"|wrong|a myth|overblown|unlikely|\w+ exaggerated|exaggerated|overstated)\b"
)
_LOOM = re.compile(r" (?:loom|fear|worr|threat|anxiet|risk|concern|warning)\w*")
_FEARED = re.compile(
    r"\b(?:potential|possible|feared|fears? of|risk of|prevent|avoid|no|track|tax|ban|future|threat of"
    r"|any|resilient to|safe from|immune to|worry about|worried about|worries about|talk of"
    r"|debate on|rumou?rs? of|myth of|exaggerated)(?: [\w%]+){0,2} ?$"
)
_HEADING = re.compile(r"(?:ai|automation|robots?) [a-z ]+$")
_YEARS_AFTER = re.compile(r"\b\w+ (?:years?|months?|weeks?|days?) (?:after|since)\b[^;:]*$")
_CLAUSE = re.compile(r"[,;:]|\b(?:when|who|whom|whose|which|that|after|because|as|while|where|since|but)\b")
_INSIDE_NOT = re.compile(
    r"\b(?:not|never|no longer|n't|isn't|won't|doesn't|didn't|don't|can't|cannot|without)\b"
    r"|\b(?:(?:more|rather|less) than|instead of) (?:replac|eliminat|displac|destroy|tak|kill|mak|cut|fir|lay|let)"
)


@dataclass(frozen=True, slots=True)
class About:
    """Whom a sentence is about."""

    other: bool = False  # it names other firms and not the main employer
    named: bool = False  # it names the main employer


@dataclass(frozen=True, slots=True)
class Signal:
    """A cue about human work in its sentence, and how it is meant."""

    mark: Mark
    side: str
    hedged: bool  # could, may, fears
    negated: bool
    background: bool  # names what was done before

    @property
    def asserted(self) -> bool:
        """Return whether the words say that it happens, happened or will."""
        return not self.hedged and not self.negated

    @property
    def counts(self) -> bool:
        """Return whether the cue weighs for its side: asserted, and not retraining or growth, which take a plan."""
        return self.asserted and self.mark.cue.family not in {"keep", "grow", "entry"}

    @property
    def action(self) -> bool:
        """Return whether the cue tells of something done, rather than of a view or a claim."""
        return self.mark.cue.family not in {"oversight", "regret"}


@dataclass(frozen=True, slots=True)
class Reading:
    """A sentence with all that was read in it."""

    sentence: Sentence
    low: str  # the sentence in the form cues are written for, misleading words still in it
    place: Place
    zone: str  # title, opening, body
    weight: float  # 3, 2 or 1 by zone; halved if it looks back or is about other firms
    signals: tuple[Signal, ...]
    frames: frozenset[str]  # names of the frame and kind families that fit
    pasts: Spans  # where it looks back: "last year", "in 2022"
    ai: bool  # AI is named, or software that does people's work
    ai_named: bool
    caused: bool  # the sentence names AI as a cause
    links: frozenset[str]  # names of the link families that fit
    lists: frozenset[str]  # names of the word lists that have a word here
    linked: bool  # the sentence itself ties AI to a change in work, should it name one
    question: bool
    other: bool  # about other firms
    own: bool  # names the main employer, or speaks of "the company"

    def has(self, side: str, *, linked: bool = False, new: bool = False) -> bool:
        """Return whether the sentence asserts something on a side; `linked` to AI, and `new` if asked for."""
        return any(
            signal.side == side
            and signal.asserted
            and (not new or not signal.background)
            and (not linked or self.linked or signal.mark.cue.linked)
            for signal in self.signals
        )


def lower(text: str) -> str:
    """Return the text in the form cues are written for: lower case, plain quotes, "4_000" for "4,000"; same length."""
    if not text.isascii():
        for printed, plain in _PLAIN.items():
            text = text.replace(printed, plain)
    low = text.lower()
    if len(low) != len(text):  # a few letters, such as the Turkish capital of i
        low = "".join(c.lower() if len(c.lower()) == 1 else c for c in text)
    low = low.replace("a.i.", "ai  ").replace('"', " ")
    low = _QUOTE.sub(" ", low) if "'" in low else low
    return _THOUSANDS.sub("_", low) if "," in low or "\u202f" in low else low


def looks_back(low: str, start: int, end: int, pasts: Spans) -> bool:
    """Return whether words that look back stand in the same clause as a place in the sentence."""
    for past_start, past_end in pasts:
        between = low[end:past_start] if past_start >= end else low[past_end:start]
        if len(between) < 60 and not _CLAUSE.search(between):
            return True
    return False


def signal(low: str, mark: Mark, past_objects: list[Mark], pasts: Spans, *, question: bool) -> Signal:
    """Return a cue with how it is meant, from the words before and inside it."""
    before = low[max(0, mark.start - 45) : mark.start]
    clause = re.split(r"[;:]|, (?:and|but|while)\b", before)[-1]
    inside = low[mark.start : mark.end]
    hedged = (
        question
        or bool(_HEDGE.search(clause))
        or bool(_HEDGE.search(inside))
        or bool(_DISMISSED.match(low, mark.end) or _LOOM.match(low, mark.end))
    )
    if mark.cue.family in {"ai_layoffs", "at_risk"}:  # "AI-driven layoffs" are presupposed even by a question
        hedged = bool(_FEARED.search(clause))
    if low[mark.end : mark.end + 1] == ":" and _HEADING.match(low, 0, mark.end):  # "AI job losses: ..." names a subject
        hedged = True
    if mark.cue.family in {"restraint", "always_human"}:  # "anyone can reach a person" is a promise
        hedged = question
    if mark.cue.family == "keep":  # "everyone can move to another post" is a promise as well
        hedged = question or bool(_HEDGE.search(clause))
    own_negation = mark.cue.family in {"freeze", "need_fewer", "keep", "oversight", "regret", "restraint"}
    negated = not own_negation and (
        bool(_NEGATION.search(clause) or _NOBODY.search(clause))
        or (mark.cue.family != "withdrawn" and bool(_INSIDE_NOT.search(inside)))
    )
    background = looks_back(low, mark.start, mark.end, pasts) or (
        mark.cue.role == "cut"
        and (
            any(past.start <= mark.start and mark.end <= past.end + 2 for past in past_objects)
            or any(past.start < mark.end and mark.start < past.end for past in past_objects)
            or bool(_AFTER.search(before))
            or bool(_YEARS_AFTER.search(low, 0, mark.start))
        )
    )
    return Signal(mark, mark.cue.role, hedged, negated, background)
