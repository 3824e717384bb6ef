"""How the text words the change: the action, the technology, how firmly it is tied to AI, and the best quote."""

import re
from collections.abc import Callable, Sequence

from monitor.classify.judge import Decision
from monitor.classify.reading import Reading
from monitor.model import Evidence, Kind, Label

Put = Callable[..., None]

_WEIGHED = "words."  # how evidence is named that is there for its words alone, see `evidence`
_ROBOT = re.compile(r"\brobot(?:s|ic|ics)?\b")
_AI = re.compile(
    r"\b(?:ai|ki|ia|artificial intelligence|künstlich\w* intelligenz|intelligence artificielle|inteligencia artificial"
    r"|artificiell intelligens|chatbots?|chatgpt|llms?|language models?|gen ?ai|bots?|virtual|voice"
    r"|copilot|assistant|agentic|model|algorithms?|machine learning)\b"
)
_ASSOCIATED = re.compile(
    r"\b(?:amid|alongside|as (?:it|the (?:firm|company|group|bank)|its|industry|rivals) (?:\w+ ){0,3}"
    r"(?:push|shift|bet|pivot|invest|lean|focus|turn|mov|embrac|rac|expand)\w*)"
    r" (?:[\w-]+ ){0,6}(?:ai|artificial intelligence|automation)\b"
)
_TAKES_OVER = re.compile(
    r"\b(?:replac\w+|tak(?:es?|ing|en) over|took over|instead of|because|due to|thanks to|cit(?:es|ed|ing)|blam\w+"
    r"|credit\w*|handle[sd]?|answers?|does the work|do the work|no longer need\w*|automat(?:es|ed|ing))\b"
)


def describe(readings: Sequence[Reading], decision: Decision, evidence: tuple[Evidence, ...], put: Put) -> None:
    """Give action, technology, strength of attribution and quote of an article with a label to `put`."""
    lead = [r for r in readings if r.zone != "body" and not r.other] or list(readings[:3])
    put("action", action(lead, decision))
    put("technology", technology(lead))
    sentences = [r for r in readings if any(_within(e, r) for e in evidence)]
    put("attribution_strength", strength(sentences, lead, decision))
    if evidence:
        best = _quotable(readings, evidence)
        reading = next((r for r in readings if _within(best, r)), None)
        start = best.start - reading.sentence.start if reading else 0
        put("quote", best.quote, reading, start, start + len(best.quote))


def _quotable(readings: Sequence[Reading], evidence: tuple[Evidence, ...]) -> Evidence:
    """Return what of the evidence to quote: of the text, of this employer, and what the change is said with."""

    def rank(one: Evidence) -> tuple[bool, bool, bool, bool]:
        sentences = [r for r in readings if _within(one, r)]
        of_others, own = any(r.other for r in sentences), any(r.own for r in sentences)
        return one.place != "text", of_others, not own, one.cue.startswith(_WEIGHED)

    return min(evidence, key=rank)


def action(lead: Sequence[Reading], decision: Decision) -> str | None:
    """Return the main action of CODEBOOK.md 3, or None where nobody acts."""
    if decision.kind is Kind.PRODUCTIVITY_CLAIM:
        return "productivity_claim"
    if decision.kind not in {Kind.EVENT, Kind.UPDATE}:
        return None
    words = " ".join(r.low for r in lead)
    fresh = [
        s.mark.cue.family
        for r in lead
        for s in r.signals
        if s.asserted and s.side == str(decision.label) and not s.background
    ]
    return {Label.CUT: _cut, Label.REVERSAL: _reversal, Label.HYBRID: _hybrid}[decision.label](fresh, words, lead)


def _cut(families: list[str], words: str, _: Sequence[Reading]) -> str:
    """Return the action of a cut."""
    first = families[0] if families else "layoff"
    if "contractor" in families[:4]:
        return "contractor_cut"
    if first == "freeze":
        if re.search(r"\b(?:attrition|leavers|natural (?:turnover|wastage)|not replac)", words):
            return "attrition"
        return (
            "hiring_restraint" if re.search(r"\b(?:before|unless|prove|justify|fewer|slow)", words) else "hiring_freeze"
        )
    laid_off = re.search(
        r"\b(?:lay\w* off|laid off|layoffs?|dismiss\w*|fire[sd]?|firing|sack\w*|redundan\w+|let\w* go)\b", words
    )
    return (
        "layoff"
        if laid_off
        else "role_elimination"
        if "replaced" in families or re.search(r"\b(?:roles?|positions?|posts?)\b", words)
        else "layoff"
    )


def _reversal(families: list[str], words: str, _: Sequence[Reading]) -> str:
    """Return the action of a reversal."""
    if re.search(r"\b(?:reinstat\w+|tribunal|court orders?)\b", words) or "court" in families:
        return "reinstatement"
    if "restart" in families and "rehire" not in families:
        return "hiring_restart"
    if re.search(
        r"\b(?:mov|reassign|shift)\w* .{0,40}(?:engineers|marketers|staff|employees) .{0,40}(?:support"
        r"|service|calls)",
        words,
    ):
        return "redeployment_back"
    if "insourc" in words:
        return "insourcing"
    if "withdrawn" in families and not {"rehire", "people_again", "restart"} & set(families[:3]):
        return "ai_withdrawn"
    return "rehire"


def _hybrid(families: list[str], _: str, lead: Sequence[Reading]) -> str:
    """Return the action of a hybrid arrangement."""
    sides = {s.side for r in lead for s in r.signals if s.asserted and not s.background}
    if "keep" in families:
        return "redeployment"
    return "cut_and_rehire" if {"cut", "reversal"} <= sides and not families else "human_in_loop_policy"


def technology(lead: Sequence[Reading]) -> str:
    """Return ai, robotics or automation, by the words of the lead."""
    words = " ".join(r.low for r in lead)
    ai = _AI.search(words)
    if _ROBOT.search(words) and (ai is None or _ROBOT.search(lead[0].low)):
        return "robotics"
    return "ai" if ai else "automation"


def strength(sentences: Sequence[Reading], lead: Sequence[Reading], decision: Decision) -> str:
    """Return how firmly the text ties the change to AI; the lowest defensible wins.

    Where words of association ("amid", "as") are all that stands between the two, it is implied.
    """
    if decision.denied or decision.disputed:
        return "disputed"
    if any(r.caused or any(s.mark.cue.linked and s.asserted for s in r.signals) for r in sentences):
        return "explicit"
    words = " ".join(reading.low for reading in lead)
    if _ASSOCIATED.search(words) and not _TAKES_OVER.search(words):
        return "implied"
    return "explicit" if sentences else "speculative"


def _within(evidence: Evidence, reading: Reading) -> bool:
    """Return whether a piece of evidence comes from this sentence."""
    sentence = reading.sentence
    return evidence.place == reading.place and sentence.start <= evidence.start < sentence.end
