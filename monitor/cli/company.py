"""`company`: the history of one employer, from the terminal."""

from collections.abc import Iterator, Mapping
from typing import Any

import click

from monitor.cli.asking import ask
from monitor.cli.terms import Invocation, as_json, ending, print_json, say

SOURCES = 3  # named under a step, best first
LINKS = {
    "reverses": "undoes event {to}",
    "reverses_partly": "undoes part of event {to}",
    "softens": "softens event {to}",
    "follows": "follows event {to}",
    "updates": "updates event {to}",
    "duplicates": "repeats event {to}",
}


def shown(history: Mapping[str, Any]) -> str:
    """Return a history as lines for a terminal."""
    lines = [_head(history), "", *(line for step in history["steps"] for line in _step(step))]
    if not history["steps"]:
        lines.append("no event is known of this employer")
    notes = history["notes"]
    if notes["counts"]:
        counted = ", ".join(f"{number} {kind.replace('_', ' ')}" for kind, number in notes["counts"].items())
        lines += ["", f"notes, which tell of no event: {counted}"]
        lines += [
            f"  {_parts('  ', one['day'], one['kind'], one['title'] or one['publisher'], one['url'])}"
            for one in notes["newest"]
        ]
    looks = history["follow_ups"]
    if looks:
        lines += ["", "did it last? looked up 3, 6, 12, 18 and 24 months after each cut:"]
        lines += [
            f"  {look['due_on']}  event {look['event_id']}, {look['months']} months: {look['state']}, {look['found']}"
            for look in looks
        ]
    return "\n".join(lines)


def _head(history: Mapping[str, Any]) -> str:
    """Return who it is and how it stands."""
    figures = history["figures"]
    owner = f" (belongs to {history['parent']})" if history["parent"] else ""
    counts = [f"{figures[name]} {name}" for name in ("cuts", "reversals", "hybrids", "claims") if figures[name]]
    state = f"now: {figures['current_state']}" if figures["current_state"] else None
    days = figures["days_to_reversal"]
    back = None if days is None else f"first undone after {days} days"
    told = _parts("; ", ", ".join(counts), state, back, *_totals(figures))
    return f"{history['company']}{owner}\n{told or 'no figures'}"


def _totals(figures: Mapping[str, Any]) -> Iterator[str]:
    """Yield the sums of stated numbers, those of other exactness apart."""
    for side, words in (("cut", "jobs cut"), ("returned", "jobs returned")):
        for column, kind in (("stated", "stated"), ("up_to", 'said as "up to"'), ("estimated", "estimated")):
            number = figures[f"jobs_{side}_{column}"]
            if number is not None:
                yield f"{number:,} {words} ({kind})"


def _step(step: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines of one step: what, how many, whose words, told by whom."""
    what = [step["label"], (step.get("action") or "").replace("_", " "), step.get("function")]
    number = "" if step["event_id"] is None else f"event {step['event_id']}"
    status = step.get("status")
    yield _parts("  ", f"{step['date']:10}", f"{step['step']:11}", number, _parts(", ", *dict.fromkeys(what), status))
    if (link := LINKS.get(step.get("link_type") or "")) is not None:
        days = step["days_to_reversal"]
        after = "" if days is None else f", {days} days after event {step['reverses_event_id']}"
        yield f"{'':12}{link.format(to=step['linked_event_id'])}{after}"
    if step["numbers"]:
        yield f"{'':12}{'; '.join(step['numbers'])}"
    if step.get("quote"):
        speaker = f" ({step['quote_speaker']})" if step["quote_speaker"] else ""
        yield f'{"":12}"{step["quote"]}"{speaker}'
    yield from _told_by(step)
    for change in step["corrections"]:
        became = f"{change['field']} {change['old']} -> {change['new']}"
        yield f"{'':12}changed {change['corrected_at'][:10]}: {became} ({change['why']})"


def _told_by(step: Mapping[str, Any]) -> Iterator[str]:
    """Yield by how many and by whom a step is told."""
    articles, independent = step.get("articles"), step.get("independent_reports")
    if articles:
        voices = "" if independent is None else f", {independent} independent report{'' if independent == 1 else 's'}"
        yield f"{'':12}{articles} article{'' if articles == 1 else 's'}{voices}"
    for source in step["sources"][:SOURCES]:
        yield f"{'':12}{_parts('  ', source['publisher'], source['url']) or source.get('title')}"
    if len(step["sources"]) > SOURCES:
        yield f"{'':12}and {len(step['sources']) - SOURCES} more (--json names them)"


def _parts(between: str, *parts: object) -> str:
    return between.join(str(part) for part in parts if part)


@click.command(epilog=ending("company Klarna", 'company "Commonwealth Bank" --json'))
@click.argument("name")
@as_json
@click.pass_obj
def company(invocation: Invocation, name: str, as_json: bool) -> None:
    """Print what is known of an employer: what was announced, carried out, claimed, and whether it lasted.

    NAME is any name it goes by. Each step has its date as precise as known, its numbers, words and sources; then
    what else was said of it, and when to look again.
    """
    history = ask(invocation, "company", {"name": name})
    if as_json:
        print_json(history)
    else:
        say(shown(history))
