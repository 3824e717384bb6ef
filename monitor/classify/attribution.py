"""Why, how firmly and by whose word a change is tied to AI, and who is quoted."""

import re
from collections.abc import Sequence

from monitor.classify.factbook import FactBook
from monitor.classify.judge import Decision
from monitor.classify.reading import Reading
from monitor.model import Kind, Label

_MARKET = re.compile(
    r"\b(?:traffic|search engines?|subscribers?|subscriptions|demand for|clients|pupils|students|readers|users"
    r"|customers|revenue)\b"
    r"[^.;]{0,60}\b(?:(?:drift|turn|switch|flock|mov|go|lost|flee|defect)\w* to|because of|instead of|by"
    r"|to) [^.;]{0,25}\b(?:ai|chatgpt|chatbots?|free ai)\b"
)
_REPLACED = re.compile(
    r"\b(?:replac\w+|tak(?:e|es|ing|en) over|took over|takes? (?:the|its|their|routine|first|those"
    r"|balance)? ?(?:calls|orders|chats|work)|handl\w+|answer\w*|settles?|in place of|instead of"
    r"|does the work|do the work|doing the work|the work of|takes calls|swap\w*|substitut\w+|moved into a machine"
    r"|performs these|by an? (?:ai|algorithm|machine|bot)"
    r"|for an? (?:ai|algorithm|machine|bot)|give\w* .{0,20}jobs to|reads the|prüft|übernimmt|übernehme|ersetz\w+"
    r"|remplac\w+|tar samtalen|resolver\w+)\b"
)
_EFFICIENT = re.compile(
    r"\b(?:efficien\w+|productiv\w+|do more with|fewer (?:people|hands|engineers|supervisory)|leaner"
    r"|smaller teams?|gains|lifted output|output per|flatten\w*"
    r"|absorb\w*|can't do|cannot do|prove|as people move on|not be replaced|leave .{0,20}vacan\w+|equivalent"
    r"|worth \d+)\b"
)
_RESTRUCTURE = re.compile(
    r"\b(?:ai[- ]first|operating model|ai push|ai strategy|invest\w* (?:more )?(?:heavily )?in (?:ai|artificial)"
    r"|fund (?:its |their )?ai|pay for (?:its )?ai|spend\w* on ai"
    r"|reorgani[sz]\w+|restructur\w+|shift\w* (?:resources|spending|investment)|pivot\w*|machine-learning hires"
    r"|ai era|ai transformation)\b"
)
_SAYS = (
    r"(?:said|says|told|wrote|added|noted|explained|explains|admitted|admits|conceded|called|answered|recalls"
    r"|acknowledged|argued|warned|insisted|joked)"
)
_OF_OFFICE = (  # stands before the name and is no part of it
    r"(?:(?:Chief|Executive|Officer|President|Boss|Co-[Ff]ounder|Founder|Director|Head|Chair\w*|Spokes\w+|Manager"
    r"|Secretary|Partner|Editor|Leader|Commissioner|Operating|Financial|Finance|Technology|Claims|CEO|CFO|COO|CTO) )*"
)
_SPEECH = re.compile(rf"\b{_SAYS}\b|[\"“”«»]")
_PERSON = (
    r"(?:(?:Sir|Dame|Dr\.?|Prof\.?) )?[A-ZÀ-Þ][\w'’\-]+(?: (?:[A-Z]\.|de|van|von|da|di|el|al|bin|Te|O['’])){0,2}"
    r"(?: [A-ZÀ-Þ][\w'’\-]+){1,2}"
)
_SAID_AFTER = re.compile(  # not whom it is said of, or to: "said Jo Lind would leave", "told Jo Lind"
    rf"\b(?!told){_SAYS} (?:[a-zà-ÿ'’\-]+ ){{0,6}}?{_OF_OFFICE}({_PERSON})"
    r"(?!['’\w]| (?:would|will|has|had|is|was|could|and [a-z]+ would)\b)"
)
_SAID_BEFORE = re.compile(rf"{_OF_OFFICE}({_PERSON})(?:, [^,.]{{3,70}},)? (?:also |then |has |had )?{_SAYS}\b")
_OFFICE = (
    r"(?:chief|executive|officer|president|boss|founder|director|head|chair\w*|spokes\w+|manager|secretary|chef"
    r"|directeur|directrice"
    r"|consejer[oa]|vorständin|vorstand|partner|editor|pilot|leader|delegada|générale?|général|CEO|CFO|COO)"
)
_SAYS_NEAR = 90  # characters beside a name in which it is said that somebody speaks, where only an office tells who
_WITH_OFFICE = re.compile(
    rf"\b{_OFFICE},? {_OF_OFFICE}({_PERSON})\b|\b{_OF_OFFICE}({_PERSON}), (?:[A-Za-z ]{{0,30}})?{_OFFICE}\b"
)
_NO_PERSON = re.compile(
    r"^(?:From|In|On|At|By|The|But|And|For|After|When|While|Some|Most|Many|Twenty|Thirty|Forty|Fifty)\b"
    r"|\b(?:Monday|Tuesday|Wednesday|Thursday|Friday|January|February|March|April|June|July|August|September"
    r"|October|November|December|Research|Insights|Bank|Group|Insurance|Union|Telecom|Mutual|Council|Systems"
    r"|Media|Chief|Officer|Executive|Head|Inc|Corp|University|Energy|Times|News|Airlines|Labs|Software)\b"
)


def kind_of_tie(readings: Sequence[Reading], label: Label) -> str:
    """Return why, as title and opening put it, in the words of the closed list."""
    low = " ".join(reading.low for reading in readings)
    families = {signal.mark.cue.family for reading in readings for signal in reading.signals}
    if label is Label.CUT and _MARKET.search(low) and "replaced" not in families:
        return "market_disruption"
    if "replaced" in families or _REPLACED.search(low):
        return "replacement"
    if families & {"need_fewer", "freeze", "restraint", "work_of"} or _EFFICIENT.search(low):
        return "productivity"
    if _RESTRUCTURE.search(low):
        return "restructuring_for_ai"
    return "replacement" if label is not Label.CUT else "unclear"


def speaker(words: FactBook, decision: Decision, lead: Sequence[Reading], evidence: Sequence[Reading]) -> str:
    """Return who ties the change to AI: whoever the deciding words name, else the employer."""
    low = " ".join(reading.low for reading in evidence)
    title = " ".join(reading.low for reading in lead if reading.zone == "title")
    lists = words.lists["speaker"]
    if decision.kind in {Kind.SURVEY, Kind.FORECAST}:
        return "analyst"
    if lists["court"].search(title):
        return "court"
    for name in ("union", "worker", "analyst", "government"):
        if (decision.disputed and name == "union" and lists[name].search(" ".join(r.low for r in lead))) or (
            lists[name].search(low) and not lists["employer"].search(low)
        ):
            return name
    return "press" if decision.kind in {Kind.COMMENTARY, Kind.ROUNDUP} else "employer"


def quoted(readings: Sequence[Reading], employer: str) -> tuple[Reading, int, int] | None:
    """Return where the name of the first person stands who is quoted or reported; the employer itself is none."""
    for reading in readings:
        text = reading.sentence.text
        if not _SPEECH.search(text):
            continue
        for pattern in (_SAID_AFTER, _SAID_BEFORE, _WITH_OFFICE):
            for match in pattern.finditer(text):
                group = match.lastindex or 1
                start, end = match.span(group)
                if _is_person(text[start:end], employer) and _speaks(text, match.start(), match.end()):
                    return reading, start, end
    return None


def _is_person(name: str, employer: str) -> bool:
    """Return whether a name is of two words, and neither a day, an office, an organisation nor the employer."""
    if " " not in name or _NO_PERSON.search(name):
        return False
    return not employer or (employer not in name and name not in employer)


def _speaks(text: str, start: int, end: int) -> bool:
    """Return whether it is said near a name that somebody speaks."""
    return _SPEECH.search(text, max(0, start - _SAYS_NEAR), end + _SAYS_NEAR) is not None
