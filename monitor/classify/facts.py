"""The facts an article states (CODEBOOK.md 5), each with the place it was read at; what is not stated is None."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from monitor.classify import wording
from monitor.classify.companies import Named
from monitor.classify.cues import CueBook
from monitor.classify.judge import Decision
from monitor.classify.numbers import shares, vague
from monitor.classify.people import Counted, counted
from monitor.classify.reading import Reading, looks_back
from monitor.model import Evidence, Facts, Kind, Label, Span

_READ = 60  # sentences searched for facts
_BASES = (
    ("contractors", r"contractors|freelancers"),
    ("support", r"(?:customer )?(?:support|service)(?: staff| team| workforce| agents| roles)"),
    ("division", r"(?:\w+ )?(?:division|department|unit|newsroom)"),
    (
        "all staff",
        r"workforce|staff|employees|workers|headcount|jobs|roles|positions|people|personnel|payroll|company",
    ),
)
_BASE = re.compile(
    r"^ ?(?:of|in|job|workforce|staff|headcount)\b(?: (?:its|the|their|all|our|his|total|global|entire"
    r"|full-time|company|u\.s|us|worldwide|own|current|remaining))*"
    r" ?(?:[\w'-]+ ){0,2}?" + "(?:" + "|".join(f"(?P<b{i}>{words})" for i, (_, words) in enumerate(_BASES)) + r")\b"
)


_COUNTED = frozenset({Kind.EVENT, Kind.UPDATE, Kind.PRODUCTIVITY_CLAIM, Kind.OFF_TOPIC})
_SIDES = {
    Label.CUT: frozenset({"cut"}),
    Label.REVERSAL: frozenset({"reversal"}),
    Label.HYBRID: frozenset({"cut", "reversal", "hybrid"}),
    Label.NONE: frozenset({"cut"}),
}


_ONLY_PLANNED = re.compile(r"\b(?:plan(?:s|ned)?|proposal|proposed)\b")  # nobody was affected
_TURNS = frozenset({"reversal.turn", "reversal.regret"})


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


def extract(book: CueBook, case: Case, *, published_on: date | None) -> tuple[Facts, dict[str, Span]]:
    """Return the facts and where each was read; company and facts only where a job action is told."""
    found = _Found()
    told = any(r.signals for r in case.readings if r.zone != "body")
    labelled = case.decision.label is not Label.NONE
    if not (told or labelled) or not (case.named or labelled):
        return Facts(), {}
    if case.named is not None:
        found.put("company", case.named.name)
        found.spans["company"] = case.named.span
    relevant = [r for r in case.readings[:_READ] if not r.other]
    if case.named is not None and case.decision.kind in {*_COUNTED, Kind.COMMENTARY}:
        everywhere = case.decision.kind in _COUNTED
        _people(book, relevant, _SIDES[case.decision.label], found, everywhere=everywhere)
        if case.decision.label is Label.REVERSAL and "jobs_count" not in found.values:  # the posts the turn is about
            turns = [r for r in relevant if r.zone != "body" and any(s.mark.name in _TURNS for s in r.signals)]
            turns = [r for r in turns if not _ONLY_PLANNED.search(r.low)]
            _people(book, turns, _SIDES[Label.CUT], found, everywhere=everywhere)
    _share(relevant, found)
    _lists(book.facts, relevant, case.decision, found)
    if case.decision.label is not Label.NONE:
        wording.describe(book, case.readings, case.decision, case.evidence, found.put)
    elif case.decision.denied:
        found.put("attribution_strength", "denied")
    if case.decision.kind is Kind.EVENT:
        found.put("announced_on", published_on)
    return Facts(**found.values), found.spans  # type: ignore[arg-type]  # keys are Facts' own, put by name above


def _people(
    book: CueBook, readings: Sequence[Reading], sides: frozenset[str], found: _Found, *, everywhere: bool
) -> None:
    """Find job counts, headcounts and the work software is said to do."""
    hint: tuple[Reading, tuple[int, int]] | None = None
    for reading in readings:
        low = reading.low
        for entry in counted(book, reading, sides):
            number = entry.number
            if entry.role == "jobs":
                if looks_back(low, number.start, number.end, reading.pasts) or not (
                    everywhere or reading.zone == "title"
                ):
                    continue
                _count(reading, entry, found)
            elif entry.role == "fte":
                found.put("fte_equivalent", number.value, reading, number.start, number.end)
            elif entry.role in {"before", "after"}:
                found.put(f"headcount_{entry.role}", number.value, reading, number.start, number.end)
        place = vague(reading.low) if reading.signals and reading.zone != "body" else None
        hint = hint or ((reading, place) if place else None)
    if "jobs_count" not in found.values and hint is not None and any(s.asserted for s in hint[0].signals):
        found.put("jobs_qualifier", "hundreds")
    before, after = found.values.get("headcount_before"), found.values.get("headcount_after")
    if "jobs_count" not in found.values and isinstance(before, int) and isinstance(after, int) and before > after:
        found.put("jobs_implied", before - after)
        found.put("jobs_formula", f"{before:,} - {after:,}")


def _count(reading: Reading, entry: Counted, found: _Found) -> None:
    """Keep a stated count: the first one, or a range that says the same more fully."""
    number = entry.number
    known = found.values.get("jobs_count")
    open_ended = "jobs_count_max" not in found.values or found.values.get("jobs_qualifier") == "up_to"
    fuller = number.upper is not None and known in {number.value, number.upper} and open_ended
    rounded = found.values.get("jobs_qualifier") in {"about", "at_least"} and number.qualifier == "exact"
    if isinstance(known, int) and rounded and reading.zone == "opening":
        fuller = fuller or 0 < abs(number.value - known) <= 0.15 * known
    if known is not None and not fuller:
        return
    for name in ("jobs_count", "jobs_qualifier", "jobs_count_max"):
        found.values.pop(name, None)
        found.spans.pop(name, None)
    found.put("jobs_count", number.value, reading, number.start, number.end)
    found.put("jobs_qualifier", number.qualifier)
    upper = number.upper if number.upper is not None else number.value if number.qualifier == "up_to" else None
    if upper is not None:
        found.put("jobs_count_max", upper, reading, number.start, number.end)


def _share(readings: Sequence[Reading], found: _Found) -> None:
    """Find the stated share of staff affected and its base."""
    for reading in readings:
        if not reading.signals or "kind.survey" in reading.frames:
            continue
        low = reading.low
        for share in shares(low):
            if looks_back(low, share.start, share.end, reading.pasts):
                continue
            base = _BASE.match(low[share.end : share.end + 60])
            before = low[max(0, share.start - 45) : share.start]
            staff_before = re.search(
                r"(?:workforce|headcount|staff|jobs|employees)\b[^.;]{0,30}\bby (?:\w+ ){0,2}$", before
            )
            if base is None and staff_before is None:
                continue
            name = "all staff"
            if base is not None and base.lastgroup:
                name = _BASES[int(base.lastgroup[1:])][0]
            found.put("share_pct", share.percent, reading, share.start, share.end)
            found.put("share_base", name)
            return


_PLACED = re.compile(r"\b(?:in|across|throughout|at (?:its|their)|from (?:its|their))(?: [\w\-]+){0,2} $")


def _lists(
    tables: Mapping[str, Mapping[str, re.Pattern[str]]], readings: Sequence[Reading], decision: Decision, found: _Found
) -> None:
    """Find the entries of the closed lists: the first that stands in a sentence with an action, else in the lead."""
    acting = [r for r in readings if r.signals]
    lead = [r for r in readings if r.zone != "body"]
    for fact, scope in (("function", [*acting, *lead]), ("employment_form", acting), ("country", [*acting[:4], *lead])):
        for reading in scope:
            low = reading.low
            hits = [(m.start(), name, m) for name, p in tables[fact].items() if (m := p.search(low))]
            if fact == "country":  # where the jobs are, not whose firm it is or where somebody spoke
                hits = [hit for hit in hits if _PLACED.search(low[max(0, hit[0] - 40) : hit[0]])]
            if fact == "employment_form":
                hits = [(list(tables[fact]).index(name), name, m) for _, name, m in hits]
            if hits:
                _, name, match = min(hits, key=lambda hit: hit[:2])
                found.put(fact, name, reading, match.start(), match.end())
                break
    if decision.label is Label.REVERSAL:
        for reading in [*lead, *readings]:
            low = reading.low
            for name, pattern in tables["reason_given"].items():
                reason = pattern.search(low)
                if reason is not None:
                    found.put("reason_given", name, reading, reason.start(), reason.end())
        found.put("reason_given", "not stated")
