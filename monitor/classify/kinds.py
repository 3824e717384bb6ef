"""What sort of text it is (rule 2 of CODEBOOK.md 4.2): who acts, and if nobody does, what the text measures or says."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from monitor.classify.companies import Named
from monitor.classify.reading import Reading
from monitor.model import Kind, Label

_WILL = re.compile(
    r"\b(?:says?|said|warns?|thinks?|believes?|predicts?|claims?|tells?)\b.{0,60}"
    r"\b(?:ai|robots?|bots?|automation|machines)\b.{0,20}\bwill\b(?!.{0,40}\b(?:its|our company|own)\b)"
)
_MANY = 3  # firms that act make a roundup
Zone = Literal["head", "opening", "body"]


@dataclass(frozen=True, slots=True)
class Firms:
    """How many known employers an article names."""

    in_title: int
    acting: int  # in sentences that tell of work taken away or given back


@dataclass(frozen=True, slots=True)
class Scene:
    """An article as the rules look at it."""

    readings: tuple[Reading, ...]
    named: Named | None
    firms: Firms
    has_title: bool
    head: tuple[int, ...]  # the title; without one, the first sentence
    opening: tuple[int, ...]
    body: tuple[int, ...]

    @classmethod
    def of(cls, readings: Sequence[Reading], named: Named | None, firms: Firms) -> "Scene":
        """Return the scene of an article's readings, title first."""
        head = tuple(i for i, r in enumerate(readings) if r.zone == "title")
        has_title = bool(head)
        opening = tuple(i for i, r in enumerate(readings) if r.zone == "opening")
        if not has_title and opening:
            head, opening = opening[:1], opening[1:]
        body = tuple(i for i, r in enumerate(readings) if r.zone == "body")
        return cls(tuple(readings), named, firms, has_title, head, opening, body)

    def zone(self, zone: Zone) -> tuple[int, ...]:
        """Return the places of a zone's sentences among the readings."""
        return {"head": self.head, "opening": self.opening, "body": self.body}[zone]

    @property
    def lead(self) -> tuple[Reading, ...]:
        """Return the sentences of head and opening."""
        return tuple(self.readings[i] for i in (*self.head, *self.opening))

    @property
    def titles(self) -> tuple[Reading, ...]:
        """Return the sentences of the head."""
        return tuple(self.readings[i] for i in self.head)

    @property
    def opening_read(self) -> bool:
        """Return whether there is more than the head to go by."""
        return bool(self.opening)

    @property
    def first_body(self) -> int:
        """Return the place of the first sentence after the opening."""
        return self.body[0] if self.body else len(self.readings)

    @property
    def ai(self) -> bool:
        """Return whether AI is named in the lead."""
        return any(reading.ai for reading in self.lead)

    @property
    def work(self) -> bool:
        """Return whether the lead names anything done to human work."""
        return any(reading.signals for reading in self.lead)

    def head_frames(self, family: str) -> bool:
        """Return whether a frame or kind family fits the head."""
        return any(family in reading.frames for reading in self.titles)

    def lead_frames(self, family: str) -> int:
        """Return in how many sentences of the lead a frame or kind family fits."""
        return sum(family in reading.frames for reading in self.lead)


def predicts_at_large(reading: Reading) -> bool:
    """Return whether a sentence is one person's word that AI will take work, with no number and no firm's own staff."""
    counted = any(character.isdigit() for character in reading.low)
    return not counted and _WILL.search(reading.low) is not None and any(s.side == "cut" for s in reading.signals)


def acted(scene: Scene) -> bool:
    """Return whether a named employer's own action on human work is told in the lead, asserted."""
    if scene.named is None:
        return False
    if _title_names_it(scene) and _title_acts(scene):
        return True
    return any(
        signal.asserted and signal.action and (reading.zone != "title" or not reading.question)
        for reading in scene.lead
        if not reading.other and (reading.own or reading.zone == "title") and not predicts_at_large(reading)
        for signal in reading.signals
    )


def kind_of(  # noqa: C901, PLR0911  # rule 2 in its order, one line a kind
    scene: Scene, label: Label | None
) -> Kind:
    """Return the kind; `label` is NONE once it is known that the article has none of the three."""
    if label is Label.NONE and scene.named is not None and scene.ai and scene.head_frames("kind.growth"):
        return Kind.EVENT
    if label is Label.NONE and not _on_subject(scene):
        return Kind.OFF_TOPIC
    own = acted(scene)
    by_employer = own and not _about_many(scene)
    if scene.head_frames("kind.orders_back") and scene.named is not None:
        return Kind.EVENT
    if _lists_many(scene) and not (by_employer and _title_names_it(scene)):
        return Kind.ROUNDUP
    if by_employer and not _talk(scene) and not _only_regret(scene):
        return _employers_kind(scene, label)
    if scene.head_frames("kind.policy_strong") or (scene.head_frames("kind.policy") and not by_employer):
        return Kind.POLICY_LEGAL
    if scene.head_frames("kind.survey"):
        return Kind.SURVEY
    if scene.head_frames("kind.forecast"):
        return Kind.FORECAST
    if not scene.head_frames("kind.opinion") and not scene.head_frames("kind.explainer"):
        measured = scene.lead_frames("kind.survey")
        if measured >= 2 or (measured and scene.head_frames("kind.many")):
            return Kind.SURVEY
        if scene.lead_frames("kind.forecast") >= 2:
            return Kind.FORECAST
    return Kind.COMMENTARY


def debated(scene: Scene) -> bool:
    """Return whether the head is about AI as an excuse for cuts at large, whatever examples follow (4.3: a debate)."""
    return scene.head_frames("kind.washing") and not _title_names_it(scene)


def _lists_many(scene: Scene) -> bool:
    """Return whether the head announces a list of firms, or names none and the text tells of three that act."""
    if scene.head_frames("kind.roundup"):
        return not scene.lead_frames("kind.washing")
    many = scene.firms.acting >= _MANY and not scene.firms.in_title and not scene.head_frames("kind.survey")
    return many and _title_acts(scene) and not _title_names_it(scene)


def _employers_kind(scene: Scene, label: Label | None) -> Kind:
    """Return which kind an employer's own doing has."""
    if label is not Label.NONE and scene.head_frames("kind.update"):
        return Kind.UPDATE
    names = {s.mark.name for r in scene.lead for s in r.signals if s.asserted and not s.background and not r.other}
    if label is not Label.NONE and "cut.work_of" in names and not names - {"cut.work_of", "cut.replaced"}:
        return Kind.PRODUCTIVITY_CLAIM
    return Kind.EVENT


def _on_subject(scene: Scene) -> bool:
    """Return whether a text without label is still about AI and human work, or an employer's jobs beside AI."""
    if any(
        s.asserted and s.mark.cue.linked and (scene.ai or s.side == "hybrid") for r in scene.lead for s in r.signals
    ):
        return True
    if scene.ai and _title_acts(scene, "cut") and (_title_names_it(scene) or acted(scene)):
        return True
    if scene.head_frames("kind.roundup") and _title_acts(scene, "cut"):
        return True
    if scene.head_frames("kind.policy_strong") and any(r.ai and (r.signals or r.zone == "title") for r in scene.lead):
        return True
    return any("kind.theme" in reading.frames for reading in scene.lead[:5])


def _only_regret(scene: Scene) -> bool:
    """Return whether the head tells of regret alone and no sentence of the lead of work given back."""
    head = [s for r in scene.titles for s in r.signals if s.asserted and not s.background]
    if not head or any(s.mark.cue.family != "regret" for s in head):
        return False
    return not any(s.side != "cut" and s.action and s.asserted for r in scene.lead if not r.other for s in r.signals)


def _about_many(scene: Scene) -> bool:
    """Return whether the head is about firms at large rather than one."""
    if scene.firms.in_title >= 3:
        return True
    many = any(scene.head_frames(f"kind.{family}") for family in ("many", "survey", "forecast"))
    return many and not _title_names_it(scene)


def _talk(scene: Scene) -> bool:
    """Return whether the head is opinion, advice or a question, and no report of an action."""
    if scene.head_frames("kind.reaction"):
        return True
    explains = scene.head_frames("kind.explainer") or any(r.question for r in scene.titles)
    if not scene.head_frames("kind.opinion"):
        return explains and not (_title_names_it(scene) and (_title_acts(scene) or _opening_acts(scene)))
    return not (_title_names_it(scene) and _title_acts(scene))


def _opening_acts(scene: Scene) -> bool:
    """Return whether the opening tells of the employer's own new action."""
    return any(
        s.asserted and s.action and not s.background
        for index in scene.opening
        for reading in (scene.readings[index],)
        if reading.own and not reading.other
        for s in reading.signals
    )


def _title_names_it(scene: Scene) -> bool:
    """Return whether the main employer is named in the head."""
    named = scene.named
    if named is None:
        return False
    return named.place == "title" or any(named.printed in reading.sentence.text for reading in scene.titles)


def _title_acts(scene: Scene, *sides: str) -> bool:
    """Return whether the head asserts something new about human work, on one of the sides if any are given."""
    return any(
        s.asserted and s.action and not s.background and (not sides or s.side in sides)
        for reading in scene.titles
        if not predicts_at_large(reading)
        for s in reading.signals
    )
