"""The article by the decision order of CODEBOOK.md 4.2: from readings of sentences to label, kind and rule."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from monitor.classify.companies import Named
from monitor.classify.kinds import Firms, Scene, acted, kind_of, predicts_at_large
from monitor.classify.reading import SIDES, Reading, Signal
from monitor.model import Confidence, Kind, Label

_PEOPLES_WORK = re.compile(
    r"\b(?:customers?|callers?|shoppers?|orders?|drive-th\w+|helpline|hotline|call cent\w+|support|staff"
    r"|humans?|journalists?|reporters?|writers?|actors?|translators?|editors?|jobs?|patients|guests"
    r"|phones?|cashiers?|clerks?|tellers?|baristas?|pickers?|packers?|agents|advis[eo]rs?|receptionists?|nurses|teachers?"
    r"|drivers?|staff(?:s|ed|ing)|hir(?:es?|ing)|recruit\w*|checkouts?|graduates?|juniors"
    r"|crews?)\b"
)
_REACH = 400  # characters within which "the decision" takes up what was told
_WORKER = re.compile(r"\b(?:assistant|system|tool|software|technology|machine|model)\b")  # may do the work of people
_PLAN = 12  # readings in which a plan is looked for
_REFERS = re.compile(
    r"^(?:this|the|these|such|its|both|that) (?:\w+ ){0,2}(?:shift|moves?|cuts?|decisions?|reductions?|layoffs|change"
    r"|restructuring|step|plan|redundancies|reorgani[sz]ation|announcement|changes|job losses|losses|news)\b"
)
_SAME_PEOPLE = re.compile(
    r"\b(?:rehir\w+|re-hir\w+|reinstat\w+|hir\w+ back|br(?:ing|ought)\w* back|tak\w+ back)"
    r" (?:(?:them|those|the same|it all)\b|.{0,25}\b(?:after|following|because|due to|when|once)\b)"
    r"|\b(?:then|now|later|only to) (?:\w+ )?(?:rehir|reinstat|hir\w+ back)"
)


@dataclass(frozen=True, slots=True)
class Decision:
    """What the rules decided, and on which readings."""

    label: Label
    kind: Kind
    confidence: Confidence
    rule: str
    denied: bool
    disputed: bool


@dataclass(frozen=True, slots=True)
class Tally:
    """What each side weighs in one zone, AI-linked and asserted only; `new` leaves out what is looked back at."""

    total: dict[str, float]
    new: dict[str, float]


def decide(readings: Sequence[Reading], named: Named | None, firms: Firms) -> Decision:
    """Return the decision on an article from its readings in order, title first."""
    scene = Scene.of(readings, named, firms)
    head, opening, body = (tally(readings, scene.zone(zone)) for zone in ("head", "opening", "body"))
    everything = {side: sum(t.total[side] for t in (head, opening, body)) for side in SIDES}
    denied = any("frame.denial" in r.frames and not r.other for r in scene.lead) and acted(scene)
    disputed = any("frame.other_source" in r.frames for r in readings)
    if denied and not disputed and not _employer_links(readings):
        return Decision(Label.NONE, Kind.EVENT, Confidence.MEDIUM, "8", denied=True, disputed=False)
    for side in ("reversal", "hybrid"):
        if everything[side] and not _touches_work(scene, side):
            for zone in (head, opening, body):
                zone.total[side] = zone.new[side] = 0.0
            everything[side] = 0.0
    plan = _one_plan(scene) if acted(scene) else None
    if plan is None and not any(everything.values()):
        return Decision(
            Label.NONE,
            kind_of(scene, Label.NONE),
            _none_confidence(scene),
            "1",
            denied=denied,
            disputed=False,
        )
    kind = kind_of(scene, None)
    if kind in {Kind.EVENT, Kind.UPDATE, Kind.PRODUCTIVITY_CLAIM}:
        label, rule = plan or _acting(head, opening, body)
    else:
        label, rule = _direction(kind, head, opening, scene, readings)
    if label is Label.NONE:
        kind = kind_of(scene, Label.NONE)
        return Decision(label, kind, Confidence.LOW, rule, denied=denied, disputed=False)
    confidence = _confidence(label, rule, head, opening, scene)
    return Decision(label, kind, confidence, rule, denied=denied, disputed=disputed and denied)


def tally(readings: Sequence[Reading], zone: Sequence[int]) -> Tally:
    """Return what the sides weigh in the sentences of a zone: of each sentence the strongest cue of each side."""
    total = dict.fromkeys(SIDES, 0.0)
    new = dict.fromkeys(SIDES, 0.0)
    for index in zone:
        reading = readings[index]
        for side in SIDES:
            weights = [
                (reading.weight * signal.mark.cue.weight * (0.5 if signal.background else 1.0), signal.background)
                for signal in reading.signals
                if signal.side == side and signal.counts and is_linked(readings, index, signal)
            ]
            if weights:
                total[side] += max(weight for weight, _ in weights)
                new[side] += max((weight for weight, background in weights if not background), default=0.0)
    return Tally(total, new)


def is_linked(readings: Sequence[Reading], index: int, signal: Signal) -> bool:
    """Return whether the text ties this signal to AI: in the cue, in its sentence, or in the sentence beside it."""
    reading = readings[index]
    if "frame.discipline" in reading.frames and signal.side == "cut":
        return False
    if signal.mark.cue.linked and (
        signal.mark.cue.family != "work_of" or _WORKER.search(reading.low, 0, signal.mark.start)
    ):
        return True
    near = [
        other
        for other in readings[max(0, index - 1) : index + (3 if reading.zone == "title" else 2)]
        if other is not reading and not other.other and not {"frame.denial", "frame.discipline"} & other.frames
    ]
    if signal.side == "cut" and not signal.mark.cue.linked:
        return _cut_is_linked(readings, reading, signal, near)
    lead_ai = reading.zone != "body" and any(other.ai for other in readings[:6])
    return reading.ai or lead_ai or any(other.ai for other in near)


def _cut_is_linked(readings: Sequence[Reading], reading: Reading, signal: Signal, near: Sequence[Reading]) -> bool:
    """Return whether a cut whose cue does not name AI is tied to it; a cut needs more than AI standing near."""
    if "frame.denial" in reading.frames and "frame.other_source" not in reading.frames:
        return signal.mark.cue.family == "freeze" and reading.linked
    if reading.ai and "frame.skills_swap" in reading.frames:
        return True
    if reading.zone == "body":
        return reading.caused
    if reading.linked or reading.other:
        return reading.linked
    beside = reading.zone == "title" and any(
        other.zone == "title" and other.ai and (other.signals or other.linked) for other in near
    )
    refers = any(
        other.linked and other.ai and _REFERS.match(other.low)
        for other in near
        if other.place == "text" and (reading.zone == "title" or other.sentence.start > reading.sentence.start)
    )
    about_cuts = any(s.side == "cut" and s.asserted for s in readings[0].signals)
    refers = refers or _taken_up(readings, reading)
    return beside or refers or (about_cuts and any(other.linked for other in near))


def _taken_up(readings: Sequence[Reading], reading: Reading) -> bool:
    """Return whether one of the next sentences of the lead speaks of "the decision" or "the cuts" and ties it to AI."""
    return any(
        0 < other.sentence.start - reading.sentence.start < _REACH and other.linked and _REFERS.match(other.low)
        for other in readings[:_PLAN]
        if other.place == reading.place and other.ai
    )


def _touches_work(scene: Scene, side: str) -> bool:
    """Return whether a turn away from AI touches people's work at all: a firm may also drop a mere tool or slogan."""
    families = {s.mark.cue.family for r in scene.readings for s in r.signals if s.side == side}
    if families - {"turn", "withdrawn", "review"} or any(s.side == "cut" for r in scene.lead for s in r.signals):
        return True
    return any(_PEOPLES_WORK.search(reading.low) for reading in scene.lead)


def _employer_links(readings: Sequence[Reading]) -> bool:
    """Return whether a sentence that denies nothing ties a cut at the employer to AI."""
    return any(
        reading.has("cut", linked=True) and "frame.denial" not in reading.frames and not reading.other
        for reading in readings
    )


def _acting(head: Tally, opening: Tally, body: Tally) -> tuple[Label, str]:
    """Return label and rule where an employer acts: rules 5 to 7, then 10."""
    for here in (head, opening, body):
        cut, back, both = (here.new[side] for side in ("cut", "reversal", "hybrid"))
        if not cut and not back and not both:
            continue
        if both and both > 2 * back and both >= cut:
            return Label.HYBRID, "5"
        if back and back * 1.3 >= cut:
            return Label.REVERSAL, "6"
        if cut:
            later = opening if here is head else body
            if here is head and not head.new["reversal"] and later.new["reversal"] > 2 * later.new["cut"] + 2:
                return Label.REVERSAL, "6"
            return Label.CUT, "7"
    old = {side: head.total[side] for side in SIDES}
    best = max(SIDES, key=lambda side: old[side])
    return (Label(best), "10") if old[best] else (Label.NONE, "1")


def _one_plan(scene: Scene) -> tuple[Label, str] | None:
    """Return hybrid by rule 4 where one sentence of the lead both takes away and restores or keeps, if one does."""
    plans = (_plan_of(reading, scene) for reading in scene.lead[:6] if not reading.other)
    return next((plan for plan in plans if plan is not None), None)


def _plan_of(reading: Reading, scene: Scene) -> tuple[Label, str] | None:
    """Return what one sentence of the lead decides by itself, or None."""
    fresh = {s.mark.name for s in reading.signals if s.asserted and not s.background}
    cuts = any(name.startswith("cut.") for name in fresh)
    keeps = fresh & {"reversal.rehire", "hybrid.keep", "hybrid.grow"}
    if "frame.skills_swap" in reading.frames and cuts:
        return Label.CUT, "7"
    same_people = "reversal.rehire" in keeps and cuts and _SAME_PEOPLE.search(reading.low)
    if fresh & {"reversal.human_return", "reversal.people_again"} or same_people:
        return Label.REVERSAL, "6"
    if "hybrid.entry" in fresh and scene.ai and _divides(scene):
        return Label.HYBRID, "5"
    stay = "hybrid.keep" in keeps and "reversal.rehire" not in keeps and _commits(reading, scene)
    return (Label.HYBRID, "4") if stay or (keeps and cuts and scene.ai) else None


def _divides(scene: Scene) -> bool:
    """Return whether the text tells how the work is divided between AI and people."""
    families = {"split", "redesign", "oversight", "review"}
    return any(s.side == "hybrid" and s.mark.cue.family in families for r in scene.readings[:_PLAN] for s in r.signals)


def _commits(reading: Reading, scene: Scene) -> bool:
    """Return whether a promise to keep or move people is more than friendly words: it has a number, or is the news."""
    counted = any(character.isdigit() for character in reading.sentence.text)
    head_cuts = any(r.has("cut", new=True) for r in scene.titles)
    freeze = any(s.mark.cue.family == "freeze" and s.asserted for r in scene.lead for s in r.signals)
    return scene.ai and (reading.zone == "title" or (counted and not head_cuts) or freeze)


def _direction(kind: Kind, head: Tally, opening: Tally, scene: Scene, readings: Sequence[Reading]) -> tuple[Label, str]:
    """Return label and rule where no employer acts: what title, opening and conclusion say (rule 9)."""
    if kind is Kind.POLICY_LEGAL or scene.head_frames("kind.washing"):
        return Label.NONE, "9"
    if _prediction_at_large(scene):
        return Label.NONE, "9"
    said = _said(kind, head, opening, scene, readings)
    cut, back, both = (said[side] for side in SIDES)
    if back and back >= cut * 0.6:
        return Label.REVERSAL, "9"
    if both and both >= cut:
        return Label.HYBRID, "9"
    if cut:
        return Label.CUT, "9"
    return Label.NONE, "9"


def _said(kind: Kind, head: Tally, opening: Tally, scene: Scene, readings: Sequence[Reading]) -> dict[str, float]:
    """Return what each side weighs in title and opening, and in the conclusion where they say little."""
    last = range(max(len(readings) - 3, 0), len(readings))
    ending = tally(readings, range(max(len(readings) - 3, scene.first_body), len(readings)))
    said = {side: head.total[side] + opening.total[side] for side in SIDES}
    undone = [r for r in scene.lead if r.has("reversal", new=True) and r.has("cut")]
    said["cut"] = max(0.0, said["cut"] - sum(r.weight for r in undone))  # who cut is named to say who turns
    if kind is Kind.ROUNDUP:
        said = dict(head.total)
    quiet = not any(head.total.values())
    if quiet and max(said.values()) < 1.5:
        said = dict.fromkeys(SIDES, 0.0)
    weak = said["cut"] < 3 and said["reversal"] < 2 and said["hybrid"] < 2
    if kind is Kind.COMMENTARY and quiet and weak:
        said = {side: ending.total[side] if side != "cut" else 0.0 for side in SIDES}
    if not head.total["cut"] and any("frame.offset" in reading.frames for reading in scene.lead):
        said["cut"] = 0.0  # some posts go, others come: neither
    advised = any(_advises(readings[i]) for i in (*scene.head, *scene.opening, *last))
    said["hybrid"] = said["hybrid"] + ending.total["hybrid"] if advised else 0.0
    return said


def _prediction_at_large(scene: Scene) -> bool:
    """Return whether the head is a prediction by nobody who measures (4.3: all jobs go)."""
    measured = scene.head_frames("kind.survey") or scene.head_frames("kind.forecast")
    return not measured and any(predicts_at_large(reading) for reading in scene.titles)


def _advises(reading: Reading) -> bool:
    """Return whether a sentence speaks for AI and people together."""
    return any(s.side == "hybrid" and s.mark.cue.family != "keep" and s.asserted for s in reading.signals)


def _confidence(label: Label, rule: str, head: Tally, opening: Tally, scene: Scene) -> Confidence:
    """Return high where title and opening agree, medium where the opening decides, low elsewhere."""
    side = str(label)
    if rule in {"9", "10"} or not scene.opening_read:
        return Confidence.LOW
    if scene.has_title and head.total[side] and opening.total[side]:
        return Confidence.HIGH
    return Confidence.MEDIUM if opening.total[side] or head.total[side] else Confidence.LOW


def _none_confidence(scene: Scene) -> Confidence:
    """Return how sure a "none" is: low where words of the subject stand in the title, high where there are none."""
    if not scene.opening_read:
        return Confidence.LOW
    return Confidence.MEDIUM if scene.ai and scene.work else Confidence.HIGH
