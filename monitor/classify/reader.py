"""The reader of one text: every sentence read once, by the cues that can fit in it at all."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from monitor.classify.cues import CueBook, Mark
from monitor.classify.reading import SIDES, About, Reading, Signal, Spans, lower, signal
from monitor.classify.sentences import Sentence
from monitor.model import Place

_SUBJECT = frozenset({"{ai}", "{layoff}", "{freeze}"})  # lists of which a sentence of the body has a word, or of both:
_WORKERS = frozenset({"{counted}", "{group}"})
_CHANGES = frozenset({"{cutting}", "{gone}", "{back}", "{turn}", "{replacing}", "{hiring}", "{keeping}"})
_FIRM = re.compile(
    r"\b(?:the (?:\w+ )?(?:company|firm|group|bank|retailer|studio|publisher|airline|insurer|chain|maker"
    r"|carmaker|automaker"
    r"|start-?up|lender|carrier|agency|operator|broadcaster|newspaper|nonprofit|charity|helpline|giant"
    r"|business|platform)"
    r"|its|it|we|our|they)\b"
)
_UNDOING = frozenset(
    {"reversal.regret", "reversal.turn", "reversal.withdrawn"}
)  # a cut named inside them is what is regretted or undone


class Reader:
    """Reads the sentences of one text by one cue book, each once, however often it is asked for and in what zone."""

    def __init__(self, book: CueBook, titles: Sequence[Sentence], sentences: Sequence[Sentence]) -> None:
        self.titles, self.sentences, self.book = titles, sentences, book
        lows = {sentence.text: lower(sentence.text) for sentence in (*titles, *sentences)}
        self._heard = {text: (low, book.needs_met(low)) for text, low in lows.items()}
        self.met = set().union(*(met for _, met in self._heard.values()))
        self._looks: dict[str, _Look] = {}

    def read(
        self, sentence: Sentence, place: Place, zone: str, about: Callable[[Sentence], About] | None = None
    ) -> Reading:
        """Return the reading of a sentence; one of the body that tells of neither AI nor a change in work stays unread.

        `about` tells whom a sentence is about, and is asked only of those that are read.
        """
        low, met = self._heard[sentence.text]
        if zone == "body" and not _worth(met):
            return _unread(sentence, low, place)
        return _reading(self._look_at(sentence), sentence, place, zone, about(sentence) if about else About())

    def has_cues(self) -> bool:
        """Return whether any cue fits in any sentence."""
        return any(self._look_at(sentence).marks for sentence in (*self.titles, *self.sentences))

    def _look_at(self, sentence: Sentence) -> "_Look":
        """Return what stands in a sentence, looked at once."""
        look = self._looks.get(sentence.text)
        if look is None:
            look = self._looks[sentence.text] = _look(self.book, sentence.text, *self._heard[sentence.text])
        return look


@dataclass(frozen=True, slots=True)
class _Look:
    """What stands in one sentence, wherever it stands and whomever it is about."""

    printed: str
    low: str  # without misleading words
    marks: list[Mark]
    frames: frozenset[str]
    links: frozenset[str]
    lists: frozenset[str]
    ai: bool
    question: bool


def _look(book: CueBook, text: str, printed: str, met: set[str]) -> _Look:
    low = _mask(book, printed, met)
    if low is not printed:
        met = book.needs_met(low)  # what is left of a word may be another one
    ai = "{ai}" in met and book.words["ai"].search(low) is not None
    marks = book.marks(low, met)
    return _Look(
        printed=printed,
        low=low,
        marks=marks,
        frames=frozenset(mark.name for mark in marks if mark.cue.role in {"frame", "kind"}),
        links=frozenset(mark.name for mark in marks if mark.cue.role == "link"),
        lists=frozenset(name for name in met if name[0] == "{"),
        ai=ai,
        question=text.rstrip("\"'”’)").endswith("?"),
    )


def _reading(look: _Look, sentence: Sentence, place: Place, zone: str, whom: About) -> Reading:
    signals, pasts = _signals(look, zone) if look.marks else ((), ())
    return Reading(
        sentence=sentence,
        low=look.printed,
        place=place,
        zone=zone,
        weight={"title": 3.0, "opening": 2.0, "body": 1.0}[zone] / (2 if whom.other else 1),
        signals=signals,
        frames=look.frames,
        pasts=pasts,
        ai=look.ai or "link.software" in look.links,
        ai_named=look.ai,
        caused="link.cause" in look.links,
        links=look.links,
        lists=look.lists,
        linked=bool(look.links),
        question=look.question,
        other=whom.other,
        own=whom.named or bool(_FIRM.search(look.low)),
    )


def _signals(look: _Look, zone: str) -> tuple[tuple[Signal, ...], Spans]:
    """Return what is done to human work in a sentence, and where it looks back."""
    low, marks = look.low, look.marks
    past_objects = [mark for mark in marks if mark.cue.family.startswith("past_object") or mark.name in _UNDOING]
    pasts = tuple((mark.start, mark.end) for mark in marks if mark.name == "frame.past") if zone != "title" else ()
    found = (signal(low, mark, past_objects, pasts, question=look.question) for mark in marks if mark.cue.role in SIDES)
    return tuple(found), pasts


def read(
    book: CueBook, sentence: Sentence, place: Place, zone: str, about: Callable[[Sentence], About] | None = None
) -> Reading:
    """Return the reading of a sentence that stands alone (see `Reader.read`)."""
    return Reader(book, [sentence], []).read(sentence, place, zone, about)


def _worth(met: set[str]) -> bool:
    """Return whether a sentence with words of these lists may tell of AI or of a change in work."""
    return not met.isdisjoint(_SUBJECT) or not (met.isdisjoint(_WORKERS) or met.isdisjoint(_CHANGES))


def _unread(sentence: Sentence, low: str, place: Place) -> Reading:
    """Return the reading of a sentence that is about something else."""
    nothing: frozenset[str] = frozenset()
    return Reading(
        sentence=sentence,
        low=low,
        place=place,
        zone="body",
        weight=1.0,
        signals=(),
        frames=nothing,
        pasts=(),
        ai=False,
        ai_named=False,
        caused=False,
        links=nothing,
        lists=nothing,
        linked=False,
        question=False,
        other=False,
        own=False,
    )


def _mask(book: CueBook, low: str, met: set[str]) -> str:
    """Return the sentence with misleading words blotted out, of the same length."""
    for mark in book.misleading(low, met):
        group = 1 if mark.cue.pattern.groups else 0
        for match in list(mark.cue.pattern.finditer(low)):
            start, end = match.span(group)
            low = low[:start] + "\x00" * (end - start) + low[end:]
    return low
