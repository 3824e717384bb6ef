"""The facts an article states (CODEBOOK.md 5), each with the place it was read at; what is not stated is None."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import islice

from monitor.classify import attribution, choices, counting, dates, portions, wording
from monitor.classify.companies import Named
from monitor.classify.counting import Stated
from monitor.classify.factbook import FactBook
from monitor.classify.judge import Decision
from monitor.classify.numbers import vague
from monitor.classify.reading import Reading
from monitor.model import Evidence, Facts, Kind, Label, Span

_READ = 40  # sentences searched for facts
_DIGIT = re.compile(r"\d")
_QUOTED = 10  # sentences searched for a speaker
_UNDONE = 12  # sentences in which the story may undo a cut
_NOBODY = re.compile(
    r"\b(?:nobody|no one|no-one|none of them|no (?:extra |new |additional |further |more )?(?:staff|people|jobs"
    r"|workers))\b"
    r" (?:\w+ ){0,4}?(?:re-?hired|hired|brought back|taken back|taken on|recalled|added|recruited)\b"
)
_NOBODY_ACTS = frozenset({Kind.SURVEY, Kind.FORECAST, Kind.ROUNDUP})
_NO_ACTION = frozenset({Kind.COMMENTARY, Kind.POLICY_LEGAL})  # where no label says that somebody acts
_SAID_AT_LARGE = frozenset({Kind.COMMENTARY, Kind.PRODUCTIVITY_CLAIM})  # may still tell of a firm's action
_PLAIN = 3.0  # strength of a word right before a number, without which a claim of work counts nobody
_THIN_LEAST = 6.5  # what speaks at least for a number where no employer is told to act
_HEADED_LEAST = 5.0  # ... and one is named in the headline


@dataclass
class _Found:
    """Facts as they are collected, with their places."""

    values: dict[str, object] = field(default_factory=dict)
    spans: dict[str, Span] = field(default_factory=dict)

    def put(self, name: str, value: object, reading: Reading | None = None, start: int = 0, end: int = 0) -> None:
        """Keep the first value found for a fact."""
        if name in self.values or value is None:
            return
        self.values[name] = value
        if reading is not None:
            offset = reading.sentence.start
            self.spans[name] = Span(reading.place, offset + start, offset + end)


@dataclass(frozen=True, slots=True)
class Case:
    """What the facts are read from."""

    readings: Sequence[Reading]
    named: Named | None
    decision: Decision
    evidence: tuple[Evidence, ...]


def _may_tell(reading: Reading) -> bool:
    """Return whether a fact may stand in a sentence: one that was read, or has a number."""
    return reading.zone != "body" or bool(reading.lists) or _DIGIT.search(reading.low) is not None


def extract(words: FactBook, case: Case, *, published_on: date | None) -> tuple[Facts, dict[str, Span]]:
    """Return the facts and where each was read; company and facts only where a job action is told."""
    found = _Found()
    relevant = list(islice(filter(_may_tell, case.readings), _READ))
    labelled = case.decision.label is not Label.NONE
    printed, body = case.named.printed if case.named else None, sum(r.zone != "body" for r in relevant)
    numbers = counting.stated(words, relevant[:body], printed)  # title and opening come first
    told = labelled or _told(numbers, relevant)
    if case.named is not None and _acts(case, told=told):
        found.put("company", case.named.name)
        found.spans["company"] = case.named.span
        found.put("parent", case.named.parent)
    if not told:
        return Facts(**found.values), found.spans  # type: ignore[arg-type]  # as below
    numbers += counting.stated(words, relevant[body:], printed, body)
    _people(words, numbers, case, found)
    own = [r for r in relevant if not r.other]
    _choices(words, own, case, numbers, found)
    if case.decision.kind not in _NOBODY_ACTS:
        _vague(own, found)
        _share(words, own, numbers, found)
        _dates(own, numbers, published_on, found)
        _speaker(own, case, found)
    if labelled:
        _attribution(words, own, case, found)
        wording.describe(case.readings, case.decision, case.evidence, found.put)
    elif case.decision.denied:
        found.put("attribution_strength", "denied")
    return Facts(**found.values), found.spans  # type: ignore[arg-type]  # keys are Facts' own, put by name above


def _told(numbers: Sequence[Stated], readings: Sequence[Reading]) -> bool:
    """Return whether title or opening tell of something an employer does to work, for whatever reason.

    A number of its people does, and a cut of the headline or of a sentence about it; what is said of others, of hires
    and returns without a number, and of "returns" or "closes" alone, is mostly about something else.
    """
    if any(n.entry.role == "jobs" and n.reading.zone != "body" and not n.reading.other for n in numbers):
        return True
    about = [r for r in readings if r.zone == "title" or (r.zone == "opening" and r.own and not r.other)]
    return any(s.side == "cut" and s.asserted and s.action for r in about for s in r.signals)


def _acts(case: Case, *, told: bool) -> bool:
    """Return whether a job action of the employer is told, and not a market's, a pollster's or an opinion on work.

    An essay is about the employer its headline names; those its text names are examples.
    """
    decision = case.decision
    if decision.kind in _NOBODY_ACTS or (decision.kind is Kind.COMMENTARY and not _headed(case)):
        return False
    return _is_action(decision) or (told and decision.kind not in _NO_ACTION)


def _headed(case: Case) -> bool:
    """Return whether the headline names the employer."""
    return case.named is not None and case.named.place == "title"


def _is_action(decision: Decision) -> bool:
    """Return whether label or kind say that somebody does something to jobs."""
    return decision.label is not Label.NONE or decision.kind is Kind.EVENT


def _people(words: FactBook, numbers: Sequence[Stated], case: Case, found: _Found) -> None:
    """Find the job count, headcounts and the work software is said to do."""
    for number in numbers:
        place = number.entry.number
        if number.reading.other:
            continue
        if number.entry.role == "fte":
            found.put("fte_equivalent", place.value, number.reading, place.start, place.end)
        elif number.entry.role in {"before", "after"}:
            found.put(f"headcount_{number.entry.role}", place.value, number.reading, place.start, place.end)
    chosen = _chosen(words, numbers, case, found)
    if chosen is not None:
        _count(counting.fullest(numbers, chosen), found)
    before, after = found.values.get("headcount_before"), found.values.get("headcount_after")
    if chosen is None and isinstance(before, int) and isinstance(after, int) and before > after:
        found.put("jobs_implied", before - after)
        found.put("jobs_formula", f"{before:,} - {after:,}")


def _chosen(words: FactBook, numbers: Sequence[Stated], case: Case, found: _Found) -> Stated | None:
    """Return the number of jobs the story is about; an essay counts only what is said plainly of the firm it names."""
    decision = case.decision
    if decision.kind in _NOBODY_ACTS or not ("company" in found.values or _is_action(decision)):
        return None
    if decision.kind is Kind.PRODUCTIVITY_CLAIM:  # of work that is done, not of people who go
        numbers = [n for n in numbers if n.entry.side == "away" and n.entry.strength >= _PLAIN]
    least = counting.LEAST
    if decision.kind in _SAID_AT_LARGE or case.named is None:
        headed = _headed(case)
        numbers = [n for n in numbers if headed or n.reading.zone == "title" or (case.named and n.reading.own)]
        least = _HEADED_LEAST if headed else _THIN_LEAST
    chosen = counting.choose(words, numbers, decision.label, least=least)
    if chosen is None and least is counting.LEAST:
        chosen = counting.sole(words, numbers, decision.label)
    if chosen is not None or decision.label is not Label.REVERSAL or _nobody_back(case.readings, found):
        return chosen
    undone = any(words.undone.search(r.low) for r in case.readings[:_UNDONE])
    if not undone or any(n.entry.side == "back" for n in numbers):
        return None
    return counting.kept_after_all(numbers, [r for r in case.readings if r.zone != "body" and not r.other])


def _nobody_back(readings: Sequence[Reading], found: _Found) -> bool:
    """Return whether the text says that nobody was taken back, which is a count of none."""
    for reading in readings:
        match = _NOBODY.search(reading.low) if reading.zone != "body" else None
        if match is not None:
            found.put("jobs_count", 0, reading, match.start(), match.end())
            found.put("jobs_qualifier", "exact")
            return True
    return False


def _count(chosen: Stated, found: _Found) -> None:
    """Keep a stated count with its qualifier and upper end."""
    number, reading = chosen.entry.number, chosen.reading
    found.put("jobs_count", number.value, reading, number.start, number.end)
    found.put("jobs_qualifier", number.qualifier)
    upper = number.upper if number.upper is not None else number.value if number.qualifier == "up_to" else None
    found.put("jobs_count_max", upper, reading, number.start, number.end)


def _vague(readings: Sequence[Reading], found: _Found) -> None:
    """Note that the lead speaks of hundreds or thousands where it states no number."""
    if "jobs_count" in found.values:
        return
    for reading in readings:
        if reading.zone != "body" and any(s.asserted for s in reading.signals) and vague(reading.low):
            found.put("jobs_qualifier", "hundreds")
            return


def _share(words: FactBook, readings: Sequence[Reading], numbers: Sequence[Stated], found: _Found) -> None:
    """Find the stated share of staff affected, and how many people that is where no number of them is stated."""
    part = portions.stated(words, readings)
    if part is None:
        return
    found.put("share_pct", part.share.percent, part.reading, part.share.start, part.share.end)
    found.put("share_base", part.base)
    whole = portions.whole(part, numbers)
    if whole is not None and {"jobs_count", "jobs_implied"}.isdisjoint(found.values):
        found.put("jobs_implied", round(whole * part.share.percent / 100))
        found.put("jobs_formula", f"{part.share.percent:.3g} % of {whole:,}")


def _choices(
    words: FactBook, readings: Sequence[Reading], case: Case, numbers: Sequence[Stated], found: _Found
) -> None:
    """Find the entries of closed lists: what work, in what form, where, and why it was given back."""
    counted = {number.reading.sentence.start: number.reading for number in numbers if number.entry.role == "jobs"}
    acting = [r for r in readings if r.signals or r.sentence.start in counted]
    lead = [r for r in readings if r.zone != "body"]
    _choose(found, "function", choices.function(words, acting[:6]) or choices.function(words, lead))
    _choose(found, "employment_form", choices.ranked(words, "employment_form", acting))
    at = next(((n.reading, n.entry.number.start) for n in numbers if n.value == found.values.get("jobs_count")), None)
    name = case.named.printed if case.named else ""
    _choose(found, "country", choices.country(words, lead, at, name))
    if case.decision.label is Label.REVERSAL:
        _choose(found, "reason_given", choices.ranked(words, "reason", [r for r in readings if r.zone != "title"][:12]))
        _choose(found, "reason_given", choices.ranked(words, "reason", readings[:1]))
        found.put("reason_given", "not stated")


def _choose(found: _Found, fact: str, choice: choices.Choice | None) -> None:
    """Keep an entry of a closed list with its place."""
    if choice is not None:
        found.put(fact, choice.entry, choice.reading, choice.start, choice.end)


def _dates(readings: Sequence[Reading], numbers: Sequence[Stated], published_on: date | None, found: _Found) -> None:
    """Find when it was made known and when it takes effect."""
    lead = [r for r in readings if r.zone != "body"]
    for reading in lead:
        day = dates.announced(reading, published_on) if reading.place == "text" else None
        if day is not None:
            found.put("announced_on", day.day, reading, day.start, day.end)
            break
    counted = [number.reading for number in numbers if number.entry.role in {"jobs", "before", "after"}]
    acting = [r for r in readings if r.signals or any(r is other for other in counted)]
    effect = dates.effective([r for r in acting if r.zone != "body"] or lead, published_on)
    if effect is not None:
        found.put("effective_on", effect[1].day, effect[0], effect[1].start, effect[1].end)


def _attribution(words: FactBook, readings: Sequence[Reading], case: Case, found: _Found) -> None:
    """Find why, and by whose word, the change is tied to AI, and who is quoted."""
    lead = [r for r in readings if r.zone != "body"]
    evidence = [r for r in readings if any(_within(e, r) for e in case.evidence)]
    found.put("attribution_type", attribution.kind_of_tie([*lead, *evidence], case.decision.label))
    found.put("attribution_speaker", attribution.speaker(words, case.decision, lead, evidence))


def _speaker(readings: Sequence[Reading], case: Case, found: _Found) -> None:
    """Find who is quoted, in the deciding sentences before the others."""
    evidence = [r for r in readings if any(_within(e, r) for e in case.evidence)]
    said = attribution.quoted([*evidence, *readings[:_QUOTED]], case.named.printed if case.named else "")
    if said is not None:
        reading, start, end = said
        found.put("quote_speaker", reading.sentence.text[start:end], reading, start, end)


def _within(evidence: Evidence, reading: Reading) -> bool:
    """Return whether a piece of evidence comes from this sentence."""
    sentence = reading.sentence
    return evidence.place == reading.place and sentence.start <= evidence.start < sentence.end
