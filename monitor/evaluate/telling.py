"""A report as plain JSON values, and as lines for a terminal. Pure."""

import dataclasses
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from monitor.evaluate.agreement import MIN_FOR_MACRO, Agreement, Rate
from monitor.evaluate.calibration import Calibration
from monitor.evaluate.intervals import Figure
from monitor.evaluate.marks import FactScore
from monitor.evaluate.report import Report


def as_json(report: Report) -> dict[str, Any]:
    """Return the report as plain JSON values; an unmeasured speed is null, a share stands beside its counts."""
    document: dict[str, Any] = _plain(report)
    return document


def _plain(value: Any) -> Any:
    if isinstance(value, Rate):
        return {"right": value.right, "n": value.n, "share": value.share}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {name: _plain(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def as_text(report: Report, *, errors: bool = False) -> str:
    """Return the report for a terminal; with `errors` each item of which something is wrong."""
    lines = [f"{report.items} items, classifier {report.classifier}", ""]
    lines += _main(report.figures)
    for question in ("label", "kind", "event"):
        lines += _agreement(question, getattr(report, question))
    lines += [f"label, {name}: {_summary(found)} (n {found.n})" for name, found in report.languages.items()]
    lines += _facts(report.facts)
    lines += _calibration(report.calibration)
    for title, rate in (
        ("events that are events", report.event_precision),
        ("events found", report.event_recall),
        ("events without an employer", report.events_without_employer),
        ("first look: labelled items kept", report.first_look_kept),
        ("first look: off-topic items passed over", report.first_look_passed_over),
    ):
        lines.append(f"{title:42} {_figure(rate.share)}  ({rate.right} of {rate.n})")
    lines.append(f"{'wrong events in 1,000 items':42} {report.wrong_events_per_1000:.1f}")
    lines.append(f"{'articles per CPU second':42} {report.articles_per_cpu_s:.0f}")
    lines.append(f"{'words per CPU second':42} {report.words_per_cpu_s:.0f}")
    if errors:
        lines += ["", *_errors(report.errors)]
    return "\n".join(lines) + "\n"


def _main(figures: Mapping[str, Figure]) -> Iterator[str]:
    yield f"{'':28} figure  95 % interval     n"
    for name, found in figures.items():
        yield f"{name:28} {_figure(found.value):>6}  {_figure(found.low)} to {_figure(found.high)}  {found.n:5}"
    yield ""


def _summary(found: Agreement) -> str:
    return f"accuracy {found.accuracy:.3f}, kappa {found.kappa:.3f}, macro-F1 {_figure(found.macro_f1)}"


def _agreement(question: str, found: Agreement) -> list[str]:
    """Return the lines of one question."""
    head = f"{question}: {_summary(found)} (those with {MIN_FOR_MACRO} items or more)"
    lines = [head, f"  {'':20}     n  precision  recall  F1"]
    for name, score in found.scores.items():
        figures = "  ".join(f"{_figure(value):>8}" for value in (score.precision, score.recall, score.f1))
        lines.append(f"  {name:20} {score.n:5}  {figures}")
    for name, row in found.confusion.items():
        wrong = {other: count for other, count in row.items() if other != name}
        if wrong:
            lines.append(f"  {name} taken for " + ", ".join(f"{other} ({count})" for other, count in wrong.items()))
    return [*lines, ""]


def _facts(facts: Mapping[str, FactScore]) -> Iterator[str]:
    if not facts:
        return
    yield f"{'fact':22} exact  within           missing  wrongly filled"
    for name, score in facts.items():
        stated = f"{_figure(score.exact.share)}  {_figure(score.within.share)} of {score.exact.n:<6}"
        filled = f"{_figure(score.wrongly_filled.share)} of {score.wrongly_filled.n}"
        yield f"{name:22} {stated}  {_figure(score.missing.share):>7}  {filled}"
    yield ""


def _calibration(found: Calibration) -> Iterator[str]:
    yield f"probabilities: Brier {_figure(found.brier)}, expected error {_figure(found.expected_error)}"
    for part in found.bins:
        said = f"said {part.probability:.3f}, right {part.right:.3f}"
        yield f"  {part.low:.1f} to {part.high:.1f}  {said}  (n {part.n})"
    yield ""


def _errors(errors: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield the errors one by one: labels first, then kinds, then facts alone."""
    yield "errors"
    for error in sorted(errors, key=lambda error: ("label" not in error["wrong"], "kind" not in error["wrong"])):
        said = f"{error['reader']} -> {error['program']}"
        yield f"  {error['id']}  {said} (rule {error['rule']}, {error['probability']:.2f})  {error['title']}"
        if error["evidence"]:
            yield f"      {error['cue']}: {error['evidence']!r}"
        for name, (reader, program) in error["facts"].items():
            yield f"      {name}: {reader!r} -> {program!r}"


def _figure(value: float | None) -> str:
    """Return a share with three decimals, or a dash."""
    return "-" if value is None else f"{value:.3f}"
