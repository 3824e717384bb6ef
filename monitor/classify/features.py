"""What the model looks at: what the rules read and decided, and the words themselves, as named numbers."""

import re
from collections.abc import Sequence

from monitor.classify import words
from monitor.classify.judge import Decision, is_linked
from monitor.classify.kinds import Scene
from monitor.classify.reading import Reading, Signal

MODELLED = 60  # readings of one article that are looked at
_MOST = 5  # times anything is counted
_BYLINE = re.compile(r"\s*(?:from the editor\b.{0,3})?by [a-z]", re.IGNORECASE)
_DATELINE = re.compile(
    r"\s*[A-Z][A-Z .'-]{3,30}(?:, [A-Z][\w. ]{1,20})?(?: ?\(\w+\))?(?:,? \d{1,2} \w+ \d{4})? ?[-–—:] "
)
_ONESELF = re.compile(r"\b(?:I|I'm|I've|I’m|I’ve|my|me)\b")
_READER = re.compile(r"\b(?:you|your|you're|you’re)\b", re.IGNORECASE)
_ACTS = re.compile(
    r"\b(?:announced|said|says|told|will|plans?|confirmed|is|are|has|have) (?:\w+ ){0,3}(?:cut|lay|hire|hiring|recruit"
    r"|replac\w+|bring|launch\w*|introduc\w+|clos\w+|open\w*|end\w*|add\w*|us(?:e|es|ing))\b"
)
_PLACES = {"title": "t", "opening": "o", "body": "b"}


def features(scene: Scene, decision: Decision, text: str) -> dict[str, float]:
    """Return the features of an article that are not zero, by name."""
    found = {f"label {decision.label}": 1.0, f"kind {decision.kind}": 1.0, f"rule {decision.rule}": 1.0}
    found[f"{decision.label} {decision.kind}"] = 1.0
    found[f"{decision.label} {decision.confidence}"] = 1.0
    readings = scene.readings[:MODELLED]
    for index, reading in enumerate(readings):
        place = _PLACES[reading.zone]
        for frame in reading.frames:
            found[f"{place} {frame}"] = 1.0
        for name in (*reading.lists, *reading.links):
            found[f"{place} {name}"] = 1.0
        _signals(found, readings, index)
        if reading.ai:
            found[f"{place} ai"] = 1.0
        if reading.question:
            found[f"{place} question"] = 1.0
    _who(found, scene)
    _manner(found, scene, text)
    found.update(dict.fromkeys(words.of_readings(scene.readings, scene.named.printed if scene.named else ""), 1.0))
    found[""] = 1.0
    return found


def _signals(found: dict[str, float], readings: Sequence[Reading], index: int) -> None:
    """Add what is done to human work in one sentence: by side, and by family in the lead."""
    reading = readings[index]
    place = _PLACES[reading.zone]
    for signal in reading.signals:
        manner = ("" if signal.asserted else "?") + ("<" if signal.background else "")
        tie = _tie(readings, index, signal)
        name = f"{place} {signal.side}{manner} {tie}"
        found[name] = min(found.get(name, 0.0) + 1 / 2, 1.0)
        if reading.zone != "body":
            found[f"lead {signal.mark.name}{manner}"] = 1.0
        if reading.other:
            found[f"other {signal.side}"] = 1.0


def _tie(readings: Sequence[Reading], index: int, signal: Signal) -> str:
    """Return how the text ties a signal to AI, the strongest way first."""
    reading = readings[index]
    if not is_linked(readings, index, signal):
        return "near" if reading.ai else "apart"
    if signal.mark.cue.linked:
        return "in the cue"
    if reading.caused:
        return "as the cause"
    if reading.linked:
        return "in the sentence" if reading.ai_named else "by software"
    return "beside" if reading.ai_named else "further off"


def _who(found: dict[str, float], scene: Scene) -> None:
    """Add who acts."""
    named = scene.named
    if named is None:
        found["no employer"] = 1.0
    elif any(named.printed in reading.sentence.text for reading in scene.titles):
        found["employer in title"] = 1.0
    else:
        found["employer in text"] = 1.0
    if scene.firms.in_title > 1:
        found["firms in title"] = 1.0
    found["firms acting"] = min(scene.firms.acting, 3) / 3


def _manner(found: dict[str, float], scene: Scene, text: str) -> None:
    """Add how the text is written: report, column, guide, headline alone."""
    start = text[:1500]
    readings = scene.readings[:MODELLED]
    found["ai share"] = sum(reading.ai for reading in readings) / (len(readings) + 1)
    found["work share"] = sum(bool(reading.signals) for reading in readings) / (len(readings) + 1)
    titles = " ".join(reading.sentence.text for reading in scene.titles)
    counts = {
        "oneself": len(_ONESELF.findall(start)),
        "reader": len(_READER.findall(start)) + 2 * len(_READER.findall(titles)),
        "acts": len(_ACTS.findall(start)),
    }
    for name, count in counts.items():
        if count:
            found[name] = min(count, _MOST) / _MOST
    flags = {
        "byline": _BYLINE.match(start),
        "dateline": _DATELINE.match(start),
        "no text": not text.strip(),
        "no ai": not any(reading.ai for reading in scene.readings),
        "ai and work": scene.ai and scene.work,
        "number in title": any(character.isdigit() for character in titles),
    }
    found.update({name: 1.0 for name, holds in flags.items() if holds})
