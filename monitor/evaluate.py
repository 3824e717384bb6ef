"""What `evaluate` computes: how well a classifier agrees with careful readers on labelled items."""

import json
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from monitor.classify import Classifier, companies
from monitor.errors import UsageError
from monitor.model import Kind, Label, Verdict

MIN_FOR_MACRO = 20  # items of a label, below which its F1 says too little to be averaged


@dataclass(frozen=True, slots=True)
class Item:
    """One labelled article."""

    id: str
    title: str
    text: str
    label: str
    kind: str
    company: str | None
    jobs_count: int | None


@dataclass(frozen=True, slots=True)
class Score:
    """Precision, recall and F1 of one label; None where nothing could be counted."""

    n: int
    precision: float | None
    recall: float | None
    f1: float | None


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far two readings of the same items agree on one question."""

    n: int
    accuracy: float
    kappa: float
    scores: dict[str, Score]
    macro_f1: float | None  # over labels with at least MIN_FOR_MACRO items
    confusion: dict[str, dict[str, int]]  # reader's answer -> program's answer -> items


@dataclass(frozen=True, slots=True)
class Rate:
    """A share with what it is a share of."""

    right: int
    n: int

    @property
    def share(self) -> float | None:
        """Return the share, or None of nothing."""
        return self.right / self.n if self.n else None


@dataclass(frozen=True, slots=True)
class Report:
    """All figures of one evaluation."""

    classifier: str
    items: int
    label: Agreement
    kind: Agreement
    event_precision: Rate  # verdicts that would become events: label and being an event right
    jobs_exact: Rate  # of the items that state a count
    jobs_wrongly_filled: Rate  # of those that do not
    employer_right: Rate
    first_look_kept: Rate  # of the items with a label
    first_look_passed_over: Rate  # of the off-topic items
    articles_per_cpu_s: float
    errors: tuple[dict[str, str], ...]  # each item whose label is wrong


def read_items(lines: Iterable[str]) -> list[Item]:
    """Return the items of a JSON Lines file; raises UsageError that names the bad line by number."""
    items = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            items.append(_item(json.loads(line)))
        except (ValueError, TypeError, RecursionError) as error:
            raise UsageError(f"line {number}: {error}") from error
    if not items:
        raise UsageError(
            "the file holds no labelled item; each line must be a JSON object with title, text, label, kind"
        )
    return items


def _item(record: Any) -> Item:
    """Return one record as an item; raises ValueError that says what is wrong."""
    if not isinstance(record, dict):
        raise TypeError("must be a JSON object")
    for key in ("title", "text", "label", "kind"):
        if not isinstance(record.get(key), str):
            raise TypeError(f"{key} must be text, not {record.get(key)!r}")
    for key, vocabulary in (("label", Label), ("kind", Kind)):
        if record[key] not in set(vocabulary):
            raise ValueError(f"{key} = {record[key]!r} must be one of {', '.join(vocabulary)}")
    company, jobs = record.get("company"), record.get("jobs_count")
    if company is not None and not isinstance(company, str):
        raise TypeError(f"company must be text or null, not {company!r}")
    if jobs is not None and (isinstance(jobs, bool) or not isinstance(jobs, int | float)):
        raise TypeError(f"jobs_count must be a number or null, not {jobs!r}")
    count = None if jobs is None else int(jobs)
    identifier = str(record.get("id") or record["title"][:40])
    return Item(identifier, record["title"], record["text"], record["label"], record["kind"], company, count)


def evaluate(
    classifier: Classifier,
    items: Sequence[Item],
    *,
    canonical: Callable[[str], str] | None = None,
    cpu_clock: Callable[[], float] = time.process_time,
) -> Report:
    """Return how the classifier does on labelled items.

    `canonical` maps a reader's spelling of an employer to its one name; by default the shipped alias table does.
    """
    canonical = canonical or companies.load().canonical
    start = cpu_clock()
    verdicts = [classifier.classify(item.title, item.text, None) for item in items]
    spent = cpu_clock() - start
    pairs = list(zip(items, verdicts, strict=True))
    looked = [(item, classifier.first_look(item.title, item.text)) for item in items]
    return Report(
        classifier=f"{classifier.id.name} {classifier.id.version}",
        items=len(items),
        label=agreement([(item.label, str(v.label)) for item, v in pairs]),
        kind=agreement([(item.kind, str(v.kind)) for item, v in pairs]),
        event_precision=_events(pairs),
        jobs_exact=_rate(v.facts.jobs_count == i.jobs_count for i, v in pairs if i.jobs_count is not None),
        jobs_wrongly_filled=_rate(v.facts.jobs_count is not None for i, v in pairs if i.jobs_count is None),
        employer_right=_rate(_same(i.company, v.facts.company, canonical) for i, v in pairs if i.company),
        first_look_kept=_rate(kept for item, kept in looked if item.label != Label.NONE),
        first_look_passed_over=_rate(not kept for item, kept in looked if item.kind == Kind.OFF_TOPIC),
        articles_per_cpu_s=len(items) / spent if spent > 0 else float("inf"),
        errors=tuple(_error(i, v) for i, v in pairs if i.label != v.label),
    )


def agreement(pairs: Sequence[tuple[str, str]]) -> Agreement:
    """Return agreement on one question from pairs of (reader's answer, program's answer)."""
    n = len(pairs)
    truth, given = Counter(a for a, _ in pairs), Counter(b for _, b in pairs)
    right = Counter(a for a, b in pairs if a == b)
    accuracy = sum(right.values()) / n if n else 0.0
    by_chance = sum(truth[name] * given[name] for name in truth) / (n * n) if n else 0.0
    kappa = (accuracy - by_chance) / (1 - by_chance) if by_chance < 1 else 1.0
    names = sorted(truth.keys() | given.keys())
    scores = {name: _score(right[name], truth[name], given[name]) for name in names}
    counted = [scores[name].f1 or 0.0 for name in names if truth[name] >= MIN_FOR_MACRO]
    confusion: dict[str, dict[str, int]] = {}
    for (a, b), count in sorted(Counter(pairs).items()):
        confusion.setdefault(a, {})[b] = count
    macro = sum(counted) / len(counted) if counted else None
    return Agreement(n, accuracy, kappa, scores, macro, confusion)


def _score(right: int, truth: int, given: int) -> Score:
    """Return the score of one label from its counts."""
    precision = right / given if given else None
    recall = right / truth if truth else None
    f1 = 2 * right / (truth + given) if truth + given else None
    return Score(truth, precision, recall, f1)


def _events(pairs: Sequence[tuple[Item, Verdict]]) -> Rate:
    """Return how many of the verdicts that alert are events of that label for the reader too."""
    raised = [(i, v) for i, v in pairs if v.kind is Kind.EVENT and v.label is not Label.NONE]
    return _rate(i.label == v.label and i.kind in {Kind.EVENT, Kind.UPDATE} for i, v in raised)


def _rate(outcomes: Iterable[bool]) -> Rate:
    """Return the share of outcomes that are true."""
    known = [bool(outcome) for outcome in outcomes]
    return Rate(sum(known), len(known))


def _same(reader: str | None, program: str | None, canonical: Callable[[str], str]) -> bool:
    """Return whether two spellings mean one employer."""
    return bool(reader and program) and canonical(reader or "").casefold() == (program or "").casefold()


def _error(item: Item, verdict: Verdict) -> dict[str, str]:
    """Return what one wrong verdict looks like in a list of errors."""
    return {
        "id": item.id,
        "title": item.title,
        "reader": f"{item.label}/{item.kind}",
        "program": f"{verdict.label}/{verdict.kind}",
        "rule": verdict.rule,
        "evidence": verdict.evidence[0].quote if verdict.evidence else "",
    }


def as_json(report: Report) -> dict[str, Any]:
    """Return the report as plain JSON values; an unmeasured speed is null."""
    document = asdict(report)
    for name, value in asdict(report).items():
        if isinstance(value, Mapping) and set(value) == {"right", "n"}:
            document[name] = {**value, "share": getattr(report, name).share}
    if report.articles_per_cpu_s == float("inf"):
        document["articles_per_cpu_s"] = None
    return document


def as_text(report: Report, *, errors: bool = False) -> str:
    """Return the report for a terminal."""
    lines = [f"{report.items} items, classifier {report.classifier}", ""]
    for question in ("label", "kind"):
        lines += _agreement_lines(question, getattr(report, question))
    for title, rate in (
        ("events that are events", report.event_precision),
        ("job counts exact", report.jobs_exact),
        ("job counts wrongly filled", report.jobs_wrongly_filled),
        ("employers right", report.employer_right),
        ("first look: labelled items kept", report.first_look_kept),
        ("first look: off-topic items passed over", report.first_look_passed_over),
    ):
        lines.append(f"{title:42} {_figure(rate.share)}  ({rate.right} of {rate.n})")
    lines.append(f"{'articles per CPU second':42} {report.articles_per_cpu_s:.0f}")
    if errors:
        lines += ["", "wrong labels"]
        lines += [
            f"  {e['id']}  {e['reader']} -> {e['program']} (rule {e['rule']})  {e['title']}" for e in report.errors
        ]
    return "\n".join(lines) + "\n"


def _agreement_lines(question: str, found: Agreement) -> list[str]:
    """Return the lines of one question."""
    head = f"{question}: accuracy {found.accuracy:.3f}, kappa {found.kappa:.3f}, macro-F1 {_figure(found.macro_f1)}"
    lines = [f"{head} (labels with {MIN_FOR_MACRO} items or more)", f"  {'':20}     n  precision  recall  F1"]
    for name, score in found.scores.items():
        figures = "  ".join(f"{_figure(value):>8}" for value in (score.precision, score.recall, score.f1))
        lines.append(f"  {name:20} {score.n:5}  {figures}")
    for name, row in found.confusion.items():
        wrong = {other: count for other, count in row.items() if other != name}
        if wrong:
            lines.append(f"  {name} taken for " + ", ".join(f"{other} ({count})" for other, count in wrong.items()))
    return [*lines, ""]


def _figure(value: float | None) -> str:
    """Return a share with three decimals, or a dash."""
    return "-" if value is None else f"{value:.3f}"
