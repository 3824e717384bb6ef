"""All figures of one evaluation: items and verdicts in, one report out."""

import random
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from monitor.classify import Classifier, companies
from monitor.evaluate.agreement import Agreement, Rate, agreement
from monitor.evaluate.calibration import Calibration, calibration
from monitor.evaluate.intervals import RESAMPLES, Figure, figures
from monitor.evaluate.items import Item
from monitor.evaluate.marks import EVENTS, FACTS, FactScore, Mark, event_rates, fact_score, marks, outcome, pairs
from monitor.model import Kind, Label, Verdict

SEED = 1  # of the dice: the same file gives the same intervals


@dataclass(frozen=True, slots=True)
class Run:
    """The verdicts on some items, in their order, and what they cost."""

    classifier: str
    verdicts: tuple[Verdict, ...]
    cpu_s: float
    looks: tuple[bool, ...] = ()  # of the first look, in the items' order


@dataclass(frozen=True, slots=True)
class Report:
    """All figures of one evaluation."""

    classifier: str
    items: int
    figures: dict[str, Figure]  # the main ones, with their intervals
    label: Agreement
    kind: Agreement
    event: Agreement  # by what alerts: the label of an event or update, or "no event"
    event_precision: Rate  # verdicts that make events: label and being an event right
    event_recall: Rate  # of the reader's events
    wrong_events_per_1000: float  # items
    events_without_employer: Rate  # of the verdicts that would make events; without one they make none
    facts: dict[str, FactScore]  # those the readers looked for
    jobs_exact: Rate  # of the items that state a count
    jobs_wrongly_filled: Rate  # of those that do not
    employer_right: Rate
    calibration: Calibration
    languages: dict[str, Agreement]  # agreement on the label, where items name their language
    first_look_kept: Rate  # of the items with a label
    first_look_passed_over: Rate  # of the off-topic items
    articles_per_cpu_s: float
    words_per_cpu_s: float
    errors: tuple[dict[str, Any], ...]  # each item of which something is wrong


def judge(classifier: Classifier, items: Sequence[Item], cpu_clock: Callable[[], float] = time.process_time) -> Run:
    """Return the classifier's verdicts on the items, and the CPU they took (the first looks apart)."""
    start = cpu_clock()
    verdicts = tuple(classifier.classify(item.title, item.text, item.published_on) for item in items)
    spent = cpu_clock() - start
    looks = tuple(classifier.first_look(item.title, item.text) for item in items)
    return Run(f"{classifier.id.name} {classifier.id.version}", verdicts, spent, looks)


def evaluate(
    classifier: Classifier,
    items: Sequence[Item],
    *,
    canonical: Callable[[str], str] | None = None,
    cpu_clock: Callable[[], float] = time.process_time,
    resamples: int = RESAMPLES,
) -> Report:
    """Return how the classifier does on labelled items."""
    return report(items, judge(classifier, items, cpu_clock), canonical=canonical, resamples=resamples)


def report(
    items: Sequence[Item], run: Run, *, canonical: Callable[[str], str] | None = None, resamples: int = RESAMPLES
) -> Report:
    """Return how verdicts, wherever they come from, stand to the readers' answers.

    `canonical` maps a spelling of an employer to its one name; by default the shipped alias table does. Verdicts of a
    cross-validation are scored by this, too.
    """
    canonical = canonical or companies.load().canonical
    judged = list(zip(items, run.verdicts, strict=True))
    marked = [marks(item, verdict, canonical) for item, verdict in judged]
    counts = Counter(chain.from_iterable(marked))
    label, event = agreement(pairs(counts, "label")), agreement(pairs(counts, "event"))
    facts = {name: fact_score(counts, name) for name in FACTS if any(name in item.asked for item in items)}
    precision, recall = event_rates(event)
    looked = list(zip(items, run.looks, strict=False))
    words = sum(len(item.title.split()) + len(item.text.split()) for item in items)
    return Report(
        classifier=run.classifier,
        items=len(items),
        figures=figures(_groups(items, marked), random.Random(SEED), resamples),  # noqa: S311  # dice, no secret
        label=label,
        kind=agreement(pairs(counts, "kind")),
        event=event,
        event_precision=precision,
        event_recall=recall,
        wrong_events_per_1000=1000 * (precision.n - precision.right) / len(items) if items else 0.0,
        events_without_employer=_rate(not v.facts.company for _, v in judged if _raises(v)),
        facts=facts,
        jobs_exact=fact_score(counts, "jobs_count").exact,
        jobs_wrongly_filled=fact_score(counts, "jobs_count").wrongly_filled,
        employer_right=fact_score(counts, "company").exact,
        calibration=calibration([(v.probability, i.label == v.label) for i, v in judged]),
        languages=_languages(judged),
        first_look_kept=_rate(kept for item, kept in looked if item.label != Label.NONE),
        first_look_passed_over=_rate(not kept for item, kept in looked if item.kind == Kind.OFF_TOPIC),
        articles_per_cpu_s=len(items) / run.cpu_s if run.cpu_s > 0 else float("inf"),
        words_per_cpu_s=words / run.cpu_s if run.cpu_s > 0 else float("inf"),
        errors=tuple(error for item, verdict in judged if (error := _error(item, verdict, canonical))),
    )


def _groups(items: Sequence[Item], marked: Sequence[Sequence[Mark]]) -> list[list[Mark]]:
    """Return the marks of the items that are drawn together; an item without a group is drawn alone."""
    grouped: dict[object, list[Mark]] = {}
    for number, (item, found) in enumerate(zip(items, marked, strict=True)):
        grouped.setdefault(number if item.group is None else item.group, []).extend(found)
    return list(grouped.values())


def _raises(verdict: Verdict) -> bool:
    """Return whether a verdict makes or joins an event, if it names an employer."""
    return verdict.label is not Label.NONE and verdict.kind in EVENTS


def _languages(judged: Sequence[tuple[Item, Verdict]]) -> dict[str, Agreement]:
    """Return agreement on the label for each language that items name."""
    by_language: dict[str, Counter[tuple[str, str]]] = {}
    for item, verdict in judged:
        if item.lang:
            by_language.setdefault(item.lang, Counter())[item.label, str(verdict.label)] += 1
    return {name: agreement(counts) for name, counts in sorted(by_language.items())}


def _rate(outcomes: Iterable[bool]) -> Rate:
    """Return the share of outcomes that are true."""
    known = [bool(each) for each in outcomes]
    return Rate(sum(known), len(known))


def _error(item: Item, verdict: Verdict, canonical: Callable[[str], str]) -> dict[str, Any] | None:
    """Return what one verdict looks like in a list of errors, or None if nothing is wrong with it."""
    wrong = [name for name in ("label", "kind") if getattr(item, name) != getattr(verdict, name)]
    checked = [name for name in ("jobs_count", "company") if name in item.asked]
    wrong += [name for name in checked if outcome(name, item.facts, verdict.facts, canonical) not in {"exact", "empty"}]
    if not wrong:
        return None
    first = verdict.evidence[0] if verdict.evidence else None
    return {
        "id": item.id,
        "title": item.title,
        "wrong": wrong,
        "reader": f"{item.label}/{item.kind}",
        "program": f"{verdict.label}/{verdict.kind}",
        "rule": verdict.rule,
        "probability": verdict.probability,
        "evidence": first.quote if first else "",
        "cue": first.cue if first else "",
        "facts": {name: [item.facts.get(name), getattr(verdict.facts, name)] for name in wrong if name in checked},
    }
