"""What becomes of the rules' decision and the model's chances: label, kind, rule, confidence and probability.

The model has read the words and what the rules made of them, and was right far more often than the rules where the
two differ (docs/decisions/0021), so its likeliest label and kind stand. An event that is unsure is no event.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from monitor.classify import words
from monitor.classify.judge import Decision
from monitor.classify.kinds import Scene, debated
from monitor.classify.languages import ENGLISH, UNREAD
from monitor.classify.reading import Reading
from monitor.classify.weights import Chances, Weights
from monitor.model import Confidence, Kind, Label

EMPLOYERS = frozenset({Kind.EVENT, Kind.UPDATE, Kind.PRODUCTIVITY_CLAIM})
SURE = 0.4  # least chance that an article tells of an event of its label; less costs more trust than stories
CERTAIN = 0.8  # least chance of a label of high confidence
UNKNOWN = 0.5  # most that is said of a text in a language without cues
# Least chance of a hybrid event in English whose title and opening name neither AI nor a change in work: press releases
# promise a person for anything, and of 24,700 of them 55 were events, with this 37. Of written hybrid events that the
# model was trained on it costs two in a hundred, those that go around all names. In other languages, whose weights know
# general news, it would cost three in a hundred and save next to none (November 2026).
UNTOUCHED = 0.7
_RULES = {Label.CUT: "7", Label.REVERSAL: "6", Label.HYBRID: "5"}


@dataclass(frozen=True, slots=True)
class Case:
    """An article as the rules read it, with their decision and the features the model goes by."""

    scene: Scene
    decision: Decision
    features: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Settled:
    """A decision with the chance that its label is right."""

    decision: Decision
    probability: float


def settle(weights: Weights, case: Case, language: str = ENGLISH) -> Settled:
    """Return what is decided of an article in this language, and how likely its label is right."""
    chances = weights.chances(case.features)
    label = max(chances.labels, key=chances.labels.__getitem__)
    vague = language == ENGLISH and label is Label.HYBRID and not _touch(case.scene.lead)
    kind = likeliest_kind(chances, label, UNTOUCHED if vague else SURE)
    if debated(case.scene):
        label, kind = Label.NONE, Kind.COMMENTARY
    decision = case.decision
    if (label, kind) != (decision.label, decision.kind):
        decision = _redecided(weights, case, label, kind)
    probability = round(chances.labels[label], 3)
    if language == UNREAD:  # words nobody knows say nothing
        return Settled(replace(decision, confidence=Confidence.LOW), min(probability, UNKNOWN))
    if decision.confidence is Confidence.HIGH and probability < CERTAIN:
        decision = replace(decision, confidence=Confidence.MEDIUM)
    return Settled(decision, probability)


def _touch(readings: Sequence[Reading]) -> bool:
    """Return whether a sentence names AI, or tells of a change in work."""
    return any(reading.ai or reading.signals for reading in readings)


def likeliest_kind(chances: Chances, label: Label, sure: float = SURE) -> Kind:
    """Return the likeliest kind that goes with the label; no event with less than this chance."""
    possible = dict(chances.kinds)
    if label is Label.NONE:
        del possible[Kind.PRODUCTIVITY_CLAIM]
    else:
        del possible[Kind.OFF_TOPIC]
        if chances.labels[label] * (possible[Kind.EVENT] + possible[Kind.UPDATE]) < sure:
            del possible[Kind.EVENT], possible[Kind.UPDATE]
    return max(possible, key=possible.__getitem__)


def _redecided(weights: Weights, case: Case, label: Label, kind: Kind) -> Decision:
    """Return the decision with another label or kind, and the rule and confidence that go with it."""
    decision = case.decision
    if label is Label.NONE:
        talk = kind not in EMPLOYERS and kind is not Kind.OFF_TOPIC
        rule = "8" if decision.denied else "9" if talk else "1"
        confidence = Confidence.LOW if talk else Confidence.MEDIUM
        if decision.label is Label.NONE and decision.rule == rule:
            confidence = decision.confidence
        return replace(decision, label=label, kind=kind, rule=rule, confidence=confidence)
    if kind not in EMPLOYERS:
        return replace(decision, label=label, kind=kind, rule="9", confidence=Confidence.LOW)
    kept = label is decision.label and decision.rule != "9"
    rule = decision.rule if kept else _RULES[label]
    confidence = decision.confidence if kept else _confidence(weights, case.scene, label)
    return replace(decision, label=label, kind=kind, rule=rule, confidence=confidence)


def _confidence(weights: Weights, scene: Scene, label: Label) -> Confidence:
    """Return high where the words of title and opening agree, medium where the opening says it, low elsewhere."""
    if not scene.opening_read:
        return Confidence.LOW
    employer = scene.named.printed if scene.named else ""
    opening = [scene.readings[place] for place in scene.opening]
    says = [weights.lean(set(words.of_readings(zone, employer)), label) > 0 for zone in (scene.titles, opening)]
    if all(says) and scene.has_title:
        return Confidence.HIGH
    return Confidence.MEDIUM if says[1] else Confidence.LOW
