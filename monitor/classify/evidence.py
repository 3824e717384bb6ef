"""The sentences that carry a label, verbatim and in place: by the model's words and by the rules' cues."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from monitor.classify import words
from monitor.classify.judge import Decision, is_linked
from monitor.classify.kinds import Scene
from monitor.classify.reading import Reading
from monitor.classify.sentences import Sentence
from monitor.classify.weights import Weights
from monitor.model import Evidence, Label

MAX_EVIDENCE = 8
MAX_QUOTE = 300  # characters
_BY_WORDS = 3  # sentences given for their words alone
_LEANS = 0.5  # least lean of such a sentence to the label, in log-odds


def evidence_of(scene: Scene, decision: Decision, model: Weights) -> tuple[Evidence, ...]:
    """Return the sentences that carry the label, those whose words speak most for it first; a label always has one.

    They are those with a cue for the label, and the few whose words lean to it most whether or not a cue says so.
    """
    if decision.label is Label.NONE:
        return ()
    readings = scene.readings
    leaning = _leaning(scene, decision.label, model)
    by_words = [_by_words(each, decision.label, model) for each in leaning[:_BY_WORDS]]
    by_cue = _telling(readings, decision, linked=True) or _telling(readings, decision, linked=False)
    leans = {(each.reading.place, _whole(each.reading)[0]): each.weight for each in leaning}
    found = {(e.place, e.start): e for e in by_words if e.weight >= _LEANS}
    found |= {(e.place, e.start): replace(e, weight=leans.get((e.place, e.start), 0.0)) for e in by_cue}
    ordered = sorted(found.values(), key=lambda e: (-e.weight, e.place != "title", e.start))
    return tuple((ordered or by_words[:1])[:MAX_EVIDENCE])


@dataclass(frozen=True, slots=True)
class _Leaning:
    """A sentence, its words, and how much they lean to a label."""

    reading: Reading
    features: frozenset[str]
    weight: float


def _leaning(scene: Scene, label: Label, model: Weights) -> list[_Leaning]:
    """Return the sentences in the order in which their words speak for the label."""
    employer = scene.named.printed if scene.named else ""
    found = []
    for reading in words.telling(scene.readings):
        features = frozenset(words.of_readings([reading], employer))
        found.append(_Leaning(reading, features, round(model.lean(features, label), 2)))
    return sorted(found, key=lambda each: -each.weight)


def _by_words(leaning: _Leaning, label: Label, model: Weights) -> Evidence:
    """Return a sentence as evidence, named by the word that speaks most for the label."""
    reading = leaning.reading
    strongest = model.strongest(filter(_speaks, leaning.features), label, default="w:")
    start, end = _whole(reading)
    quote = reading.sentence.text[start - reading.sentence.start : end - reading.sentence.start]
    return Evidence(reading.place, quote, start, end, f"words.{strongest[2:]}", leaning.weight)


def _whole(reading: Reading) -> tuple[int, int]:
    """Return the place of a sentence, or of the first MAX_QUOTE characters of a longer one."""
    return _clip(reading.sentence, reading.sentence.start, reading.sentence.end)


def _speaks(feature: str) -> bool:
    """Return whether a feature is one word that a reader would find in the sentence."""
    return " " not in feature[2:] and "<" not in feature


def _telling(readings: Sequence[Reading], decision: Decision, *, linked: bool) -> list[Evidence]:
    """Return the sentences that assert the label's side; one plan may carry its label without a sentence tied to AI."""
    found: list[Evidence] = []
    side = str(decision.label)
    sides = {side, *(("cut", "reversal") if side == "hybrid" else ())}
    for index, reading in enumerate(readings):
        signals = [
            signal
            for signal in reading.signals
            if signal.side in sides and signal.asserted and (not linked or is_linked(readings, index, signal))
        ]
        if not signals:
            continue
        best = max(signals, key=lambda s: (s.side == side, not s.background, s.mark.cue.weight, -s.mark.start))
        weight = reading.weight * best.mark.cue.weight * (0.5 if best.background else 1.0)
        start, end = _clip(reading.sentence, best.mark.start, best.mark.end)
        quote = reading.sentence.text[start - reading.sentence.start : end - reading.sentence.start]
        found.append(Evidence(reading.place, quote, start, end, best.mark.name, round(weight, 2)))
    return found


def _clip(sentence: Sentence, start: int, end: int) -> tuple[int, int]:
    """Return the place of the sentence, or of MAX_QUOTE characters around the cue if it is longer."""
    if len(sentence.text) <= MAX_QUOTE:
        return sentence.start, sentence.end
    left = max(0, min(start - 60, len(sentence.text) - MAX_QUOTE))
    if left:
        space = sentence.text.find(" ", left, start)
        left = space + 1 if space >= 0 else start
    right = min(len(sentence.text), left + MAX_QUOTE)
    if right < len(sentence.text):
        space = sentence.text.rfind(" ", min(end, right), right)
        right = space if space >= 0 else right
    return sentence.start + left, sentence.start + right
