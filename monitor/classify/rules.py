"""The judge: rules that read, a model that settles, evidence and facts; the first classifier behind the protocol."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from monitor.classify import companies, cues, factbook, facts, firstlook, glimpse, secondlook, weights
from monitor.classify.evidence import evidence_of
from monitor.classify.features import features
from monitor.classify.judge import decide
from monitor.classify.kinds import Firms, Scene
from monitor.classify.languages import ENGLISH, UNREAD, WITH_CUES, language_of
from monitor.classify.reader import Reader
from monitor.classify.reading import About, Reading
from monitor.classify.sentences import Sentence, opening_end, split
from monitor.classify.settle import Case, settle
from monitor.model import ClassifierId, Label, Verdict
from monitor.shipped import shipped

VERSION = 5  # of the code of this package: one more whenever it may judge differently
_ELSEWHERE = re.compile(
    r"(?:read (?:next|more|also|on)|also read|related|recommended|more (?:on this|from)|see also|most read"
    r"|up next|lesen sie auch|mehr zum thema|lire aussi|à lire|lea también|le puede interesar|läs också|läs mer)\b"
    r"[^.:|]{0,20}[:|]",
    re.IGNORECASE,
)  # begins a line that leads to another story
_NO_PART = re.compile(r"[\W_]+")  # of a word
LOOK = 0.1  # least chance of a label by title and summary for which a page is fetched
LOOK_ABROAD = 0.03  # the same in other languages with cues (docs/decisions/0040)
_FIRMS = 14  # readings in which acting firms are counted


@dataclass(frozen=True, slots=True)
class RulesClassifier:
    """A judge by cue words, the codebook's order and a trained model; pure, and safe to share between threads."""

    book: cues.CueBook
    employers: companies.Companies
    words: factbook.FactBook
    model: weights.Weights
    abroad: weights.Weights  # the model of the languages in `foreign`
    foreign: Mapping[str, cues.CueBook]  # language -> its cues
    digest: str  # of all files it goes by

    @property
    def id(self) -> ClassifierId:
        """Return the name and version; the version changes with every file the judge goes by, and with its code."""
        return _id(self.digest)

    def classify(self, title: str, text: str, published_on: date | None) -> Verdict:
        """Return the verdict on one article (see the protocol)."""
        language = language_of(title, text)
        case = self.read_case(title, text, language)
        model = self._model(language)
        settled = settle(model, case, language)
        decision, scene = settled.decision, case.scene
        evidence = evidence_of(scene, decision, model)
        told = facts.Case(scene.readings, scene.named, decision, evidence)
        found, spans = facts.extract(self.words, told, published_on=published_on)
        return Verdict(
            label=decision.label,
            kind=decision.kind,
            confidence=decision.confidence,
            probability=settled.probability,
            rule=decision.rule,
            evidence=evidence,
            facts=found,
            spans=spans,
            classifier=self.id,
            needs_review=decision.label is Label.NONE and language == UNREAD,
        )

    def read_case(self, title: str, text: str, language: str) -> Case:
        """Return what the rules read and decided, and what of it the model goes by; training starts here too."""
        return self._case(title, text, Reader(self.foreign.get(language, self.book), *_parts(title, text)))

    def _model(self, language: str) -> weights.Weights:
        """Return the model for a language; one without cues has that of English."""
        return self.abroad if language in self.foreign else self.model

    def _case(self, title: str, text: str, reader: Reader, *, who: bool = True) -> Case:
        """Return the case as read; `who` tells whether it is asked which employer it is about."""
        readings, named = self._read(title, text, reader, who=who)
        firms = self._firms(title, readings) if who else Firms(0, 0)
        scene, decision = Scene.of(readings, named, firms), decide(readings, named, firms)
        return Case(scene, decision, features(scene, decision, text))

    def first_look(self, title: str, summary: str) -> bool:
        """Return whether the page is worth fetching (see the protocol); what cannot be read here always is."""
        summary = summary[: firstlook.READ]
        if glimpse.passes_over(self.book, self.model, title, summary):
            return False
        language = language_of(title, summary)
        if language == UNREAD:
            return True
        reader = Reader(self.book, *_parts(title, summary))
        if firstlook.worth_reading(reader, title, summary):
            return True
        if language != ENGLISH:
            return self._chance(self.read_case(title, summary, language), language) >= LOOK_ABROAD
        whoever = self._chance(self._case(title, summary, reader, who=False))
        return whoever >= glimpse.BY_PAIRS and self._chance(self._case(title, summary, reader)) >= LOOK

    def _whoever(self, title: str, text: str) -> float:
        """Return how likely any label of an English text is, as if it were not known whom it is about."""
        return self._chance(self._case(title, text, Reader(self.book, *_parts(title, text)), who=False))

    def _chance(self, case: Case, language: str = ENGLISH) -> float:
        """Return how likely any label is of an article in this language."""
        return 1 - self._model(language).label_chances(case.features)[Label.NONE]

    def second_look(self, title: str, summary: str, paragraphs: Sequence[str]) -> bool:
        """Return whether the page is worth extracting (see the protocol)."""
        return secondlook.worth_extracting(self.model, self._whoever, title, summary, paragraphs)

    def _firms(self, title: str, readings: Sequence[Reading]) -> Firms:
        """Return how many known employers the title names, and how many the first sentences tell to act."""
        acting: set[str] = set()
        for reading in readings[:_FIRMS]:
            if any(signal.asserted and signal.side != "hybrid" for signal in reading.signals):
                acting |= self.employers.known(reading.sentence.text)
        return Firms(self.employers.count(title[:400]), len(acting))

    def _read(
        self, title: str, text: str, reader: Reader, *, who: bool
    ) -> tuple[list[Reading], companies.Named | None]:
        """Return all readings, title first, and the main employer if it is asked who it is."""
        titles = reader.titles
        sentences = [sentence for sentence in reader.sentences if not _ELSEWHERE.match(sentence.text)]
        cut = opening_end(sentences, len(text))
        named = self.employers.main(title[:1000], sentences) if who else None
        main = named.name if named else None

        def about(sentence: Sentence) -> About:
            return About(who and self.employers.others(sentence.text, main), _names(sentence, named))

        readings = [reader.read(s, "title", "title", lambda s: About(named=_names(s, named))) for s in titles]
        printed = {_plain(s.text) for s in titles} | {_plain(title[:1000])}
        lengths = {len(s.text) // 4 for s in titles} | {len(title) // 4}
        for index, sentence in enumerate(sentences):
            if len(sentence.text) // 4 in lengths and _plain(sentence.text) in printed:
                continue
            readings.append(reader.read(sentence, "text", "opening" if index < cut else "body", about))
        return readings, named


def load(cues_path: Path | None = None, companies_path: Path | None = None) -> RulesClassifier:
    """Return the rules classifier of the given files, the shipped ones by default; raises ConfigurationError."""
    words, employers, *_ = files = _files(cues_path, companies_path)
    model = weights.load()
    judge = RulesClassifier(
        cues.load(words),
        companies.load(employers),
        factbook.load(),
        model,
        model.with_rows(weights.load(shipped("config/weights.abroad.json")).rows),
        {language: cues.load(shipped(f"config/cues.{language}.toml")) for language in WITH_CUES},
        digest="",
    )
    return replace(judge, digest=_digest(files))


def identity(cues_path: Path | None = None, companies_path: Path | None = None) -> ClassifierId:
    """Return the name and version of the classifier that `load` makes of the same files, without making it."""
    return _id(_digest(_files(cues_path, companies_path)))


def _files(cues_path: Path | None, companies_path: Path | None) -> list[Path]:
    """Return all files the judge goes by: cues, employers, the cues of other languages, and the rest."""
    others = [*(f"cues.{language}.toml" for language in WITH_CUES), "facts.toml", "places.toml"]
    others += ["weights.json", "weights.abroad.json"]
    own = [cues_path or shipped("config/cues.toml"), companies_path or shipped("config/companies.toml")]
    return own + [shipped(f"config/{name}") for name in others]


def _digest(files: Sequence[Path]) -> str:
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:8]


def _id(digest: str) -> ClassifierId:
    return ClassifierId("rules", f"{VERSION}+{digest}")


def _parts(title: str, text: str) -> tuple[list[Sentence], list[Sentence]]:
    """Return the sentences of a title and of a text."""
    return split(title[:1000]), split(text)


def _names(sentence: Sentence, named: companies.Named | None) -> bool:
    """Return whether a sentence names the main employer, by its name or as printed first."""
    return named is not None and (named.printed in sentence.text or named.name in sentence.text)


def _plain(text: str) -> str:
    """Return the words of a sentence alone, to tell a title repeated in the text."""
    return _NO_PART.sub("", text.casefold())
