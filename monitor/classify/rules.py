"""The judge by rules with evidence: the first of the classifiers behind the protocol."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from monitor.classify import companies, cues, factbook, facts, firstlook
from monitor.classify.judge import Decision, decide, is_linked
from monitor.classify.kinds import Firms
from monitor.classify.reading import About, Reading, read
from monitor.classify.sentences import Sentence, opening_end, split
from monitor.model import ClassifierId, Confidence, Evidence, Label, Verdict

MAX_EVIDENCE = 8
MAX_QUOTE = 300  # characters
_FIRMS = 14  # readings in which acting firms are counted

# Shares right on 330 labelled items the cues were tuned on, rounded down (docs/decisions/0006): label, then none
_PROBABILITY = {
    Confidence.HIGH: (0.9, 0.95),
    Confidence.MEDIUM: (0.85, 0.93),
    Confidence.LOW: (0.7, 0.8),
}


@dataclass(frozen=True, slots=True)
class RulesClassifier:
    """A judge by cue words and the codebook's decision order; pure, and safe to share between threads."""

    book: cues.CueBook
    employers: companies.Companies
    words: factbook.FactBook

    @property
    def id(self) -> ClassifierId:
        """Return the name and version; the version changes with the cue file."""
        return ClassifierId("rules", f"1+{self.book.digest}")

    def classify(self, title: str, text: str, published_on: date | None) -> Verdict:
        """Return the verdict on one article (see the protocol)."""
        readings, named = self._read(title, text)
        decision = decide(readings, named, self._firms(title, readings))
        evidence = _evidence(readings, decision)
        case = facts.Case(readings, named, decision, evidence)
        found, spans = facts.extract(self.book, self.words, case, published_on=published_on)
        return Verdict(
            label=decision.label,
            kind=decision.kind,
            confidence=decision.confidence,
            probability=_probability(decision),
            rule=decision.rule,
            evidence=evidence,
            facts=found,
            spans=spans,
            classifier=self.id,
        )

    def first_look(self, title: str, summary: str) -> bool:
        """Return whether the page is worth fetching (see the protocol)."""
        return firstlook.worth_reading(self.book, title, summary)

    def _firms(self, title: str, readings: Sequence[Reading]) -> Firms:
        """Return how many known employers the title names, and how many the first sentences tell to act."""
        acting: set[str] = set()
        for reading in readings[:_FIRMS]:
            if any(signal.asserted and signal.side != "hybrid" for signal in reading.signals):
                acting |= self.employers.known(reading.sentence.text)
        return Firms(self.employers.count(title[:400]), len(acting))

    def _read(self, title: str, text: str) -> tuple[list[Reading], companies.Named | None]:
        """Return all readings, title first, and the main employer."""
        titles = split(title[:1000])
        sentences = split(text)
        cut = opening_end(sentences, len(text))
        named = self.employers.main(title[:1000], sentences)
        main = named.name if named else None
        readings = [read(self.book, s, "title", "title", about=About(named=_names(s, named))) for s in titles]
        printed = {_plain(s.text) for s in titles} | {_plain(title[:1000])}
        lengths = {len(s.text) // 4 for s in titles} | {len(title) // 4}
        for index, sentence in enumerate(sentences):
            if len(sentence.text) // 4 in lengths and _plain(sentence.text) in printed:
                continue
            about = About(self.employers.others(sentence.text, main), _names(sentence, named))
            zone = "opening" if index < cut else "body"
            readings.append(read(self.book, sentence, "text", zone, about=about))
        return readings, named


def load(cues_path: Path | None = None, companies_path: Path | None = None) -> RulesClassifier:
    """Return the rules classifier of the given files, the shipped ones by default; raises ConfigurationError."""
    return RulesClassifier(cues.load(cues_path), companies.load(companies_path), factbook.load())


def _names(sentence: Sentence, named: companies.Named | None) -> bool:
    """Return whether a sentence names the main employer, by its name or as printed first."""
    return named is not None and (named.printed in sentence.text or named.name in sentence.text)


def _plain(text: str) -> str:
    """Return the words of a sentence alone, to tell a title repeated in the text."""
    return "".join(character for character in text.casefold() if character.isalnum())


def _evidence(readings: Sequence[Reading], decision: Decision) -> tuple[Evidence, ...]:
    """Return the sentences that carry the label, verbatim, the strongest first."""
    if decision.side is None:
        return ()
    found = _telling(readings, decision, linked=True) or _telling(readings, decision, linked=False)
    found.sort(key=lambda e: (-e.weight, e.place != "title", e.start))
    return tuple(found[:MAX_EVIDENCE])


def _telling(readings: Sequence[Reading], decision: Decision, *, linked: bool) -> list[Evidence]:
    """Return the sentences that assert the label's side; one plan may carry its label without a sentence tied to AI."""
    found: list[Evidence] = []
    sides = {decision.side, *(("cut", "reversal") if decision.side == "hybrid" else ())}
    for index, reading in enumerate(readings):
        signals = [
            signal
            for signal in reading.signals
            if signal.side in sides and signal.asserted and (not linked or is_linked(readings, index, signal))
        ]
        if not signals:
            continue
        best = max(signals, key=lambda s: (s.side == decision.side, not s.background, s.mark.cue.weight, -s.mark.start))
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


def _probability(decision: Decision) -> float:
    """Return how often verdicts like this one were right."""
    with_label, without = _PROBABILITY[decision.confidence]
    return without if decision.label is Label.NONE else with_label
