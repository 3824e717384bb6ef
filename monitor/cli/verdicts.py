"""A verdict as JSON, as ARCHITECTURE.md section 6 fixes it, and as lines for a person."""

import dataclasses
from datetime import date
from typing import Any

from monitor.log import escaped
from monitor.model import Verdict


def verdict_json(id_: object, verdict: Verdict) -> dict[str, Any]:
    """Return the verdict on the input `id_` as a JSON object; absent facts are null, dates ISO 8601."""
    facts = dataclasses.asdict(verdict.facts)
    return {
        "id": id_,
        "label": verdict.label.value,
        "kind": verdict.kind.value,
        "confidence": verdict.confidence.value,
        "probability": verdict.probability,
        "rule": verdict.rule,
        "evidence": [
            {"in": part.place, "quote": part.quote, "start": part.start, "end": part.end, "cue": part.cue}
            for part in verdict.evidence
        ],
        "facts": {name: fact.isoformat() if isinstance(fact, date) else fact for name, fact in facts.items()},
        "spans": {name: [span.place, span.start, span.end] for name, span in verdict.spans.items()},
        "classifier": {"name": verdict.classifier.name, "version": verdict.classifier.version},
    }


def verdict_lines(id_: object, verdict: Verdict) -> str:
    """Return the verdict for a person: the judgement, the words it rests on, the facts that are stated."""
    head = f"{escaped(str(id_))}: {verdict.label} / {verdict.kind}, {verdict.confidence} confidence"
    lines = [f"{head} ({verdict.probability:.2f}, rule {verdict.rule})"]
    if verdict.needs_review:
        lines.append("  in a language the judge cannot read: kept for a person to review")
    lines += [
        f'  {part.place} {part.start}-{part.end}, {part.cue}: "{escaped(part.quote)}"' for part in verdict.evidence
    ]
    for field in dataclasses.fields(verdict.facts):
        fact = getattr(verdict.facts, field.name)
        if fact is not None and fact != field.default:
            lines.append(f"  {field.name}: {escaped(str(fact))}")
    return "\n".join(lines)
