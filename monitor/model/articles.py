"""What was read out of a page, and the judgement on it with the words it rests on."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Literal

from monitor.model.vocabulary import Confidence, Kind, Label, TextState

Place = Literal["title", "text"]
SECOND_OPINION: Final = "second opinion"  # stands for the rule in a verdict whose label a language model added


@dataclass(frozen=True, slots=True)
class Extracted:
    """What was read out of one page."""

    title: str
    text: str
    text_state: TextState
    language: str | None = None  # ISO 639-1
    published_at: datetime | None = None
    modified_at: datetime | None = None  # last change, as the page states it
    author: str | None = None
    site: str | None = None
    canonical_url: str | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """Words that decided, verbatim: `(title or text)[start:end] == quote`."""

    place: Place
    quote: str
    start: int
    end: int
    cue: str  # name of the cue family
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Span:
    """Where in the input a fact was read."""

    place: Place
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Facts:
    """What the article states (CODEBOOK.md 5); None is "not stated". Only `jobs_implied` and `parent` are inferred."""

    company: str | None = None  # canonical name of the acting employer
    jobs_count: int | None = None  # people
    jobs_count_max: int | None = None
    jobs_qualifier: str = "none_stated"
    jobs_implied: int | None = None
    jobs_formula: str | None = None
    share_pct: float | None = None
    share_base: str | None = None
    headcount_before: int | None = None
    headcount_after: int | None = None
    fte_equivalent: int | None = None
    action: str | None = None
    technology: str | None = None
    function: str | None = None
    country: str | None = None
    employment_form: str | None = None
    announced_on: date | None = None
    effective_on: date | None = None
    attribution_type: str | None = None
    attribution_strength: str = "none"
    attribution_speaker: str | None = None
    reason_given: str | None = None
    quote: str | None = None
    quote_speaker: str | None = None
    parent: str | None = None  # canonical name of the employer's owner, where `config/companies.toml` has it


@dataclass(frozen=True, slots=True)
class ClassifierId:
    """Which judge gave the verdict."""

    name: str
    version: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """The judgement on one article, with the words it rests on."""

    label: Label
    kind: Kind
    confidence: Confidence
    probability: float  # 0..1 that the label is right
    rule: str  # number of the rule of CODEBOOK.md 4.2 that decided
    evidence: tuple[Evidence, ...]
    facts: Facts
    spans: dict[str, Span]  # fact name -> where it was read
    classifier: ClassifierId
    needs_review: bool = False  # in a language without cues: kept, and nobody has judged it
