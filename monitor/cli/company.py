"""`company`: the history of one employer, from the terminal."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

import click

from monitor.cli.asking import ask
from monitor.cli.terms import Invocation, as_json, ending, print_json, say

SOURCES = 3  # named under a step, best first
INDENT = " " * 12
LINKS = {
    "reverses": "undoes event {to}",
    "reverses_partly": "undoes part of event {to}",
    "softens": "softens event {to}",
    "follows": "follows event {to}",
    "updates": "updates event {to}",
    "duplicates": "repeats event {to}",
}
TOLD_OTHERWISE = frozenset({"date_precision", "linked_event_id", "articles"})  # changes that the lines above show


def shown(history: Mapping[str, Any]) -> str:
    """Return a history as lines for a terminal."""
    lines = [_head(history), ""]
    lines += [line for step in history["steps"] for line in _step(step)] or ["no event is known of this employer"]
    notes = history["notes"]
    if notes["counts"]:
        counted = ", ".join(f"{number} {kind.replace('_', ' ')}" for kind, number in notes["counts"].items())
        lines += ["", f"notes, which tell of no event: {counted}"]
        lines += [
            f"  {_parts('  ', note['day'], note['kind'], note['title'] or note['publisher'], note['url'])}"
            for note in notes["newest"]
        ]
    if history["follow_ups"]:
        lines += ["", "did it last? looked up 3, 6, 12, 18 and 24 months after each cut"]
        looks = sorted(history["follow_ups"], key=lambda look: (look["announced_on"], look["event_id"], look["due_on"]))
        lines += [f"  {_looks(list(of_cut))}" for _, of_cut in groupby(looks, key=lambda look: look["event_id"])]
    return "\n".join(lines)


def _head(history: Mapping[str, Any]) -> str:
    """Return who it is and how it stands."""
    figures = history["figures"]
    owner = f" (belongs to {history['parent']})" if history["parent"] else ""
    counts = [counted(figures[name], name[:-1]) for name in ("cuts", "reversals", "hybrids", "claims") if figures[name]]
    state = f"now: {figures['current_state']}" if figures["current_state"] else None
    days = figures["days_to_reversal"]
    back = None if days is None else f"first answered after {days} days"
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
    what = [step["label"], step.get("action"), step.get("function"), step.get("status")]
    number = "" if step["event_id"] is None else f"event {step['event_id']}"
    said = ", ".join(dict.fromkeys(word.replace("_", " ") for word in what if word))
    yield _parts("  ", f"{step['date']:10}", f"{step['step']:11}", number, said)
    if (link := LINKS.get(step.get("link_type") or "")) is not None:
        days = step["days_to_reversal"]
        how_long = "on the day of" if days == 0 else f"{counted(days or 0, 'day')} after"
        after = "" if days is None else f", {how_long} event {step['reverses_event_id']}"
        yield f"{INDENT}{link.format(to=step['linked_event_id'])}{after}"
    if step["numbers"]:
        yield f"{INDENT}{'; '.join(step['numbers'])}"
    if step.get("quote"):
        speaker = f" ({step['quote_speaker']})" if step["quote_speaker"] else ""
        yield f'{INDENT}"{step["quote"]}"{speaker}'
    yield from _told_by(step)
    yield from _changed(step["corrections"])


def _told_by(step: Mapping[str, Any]) -> Iterator[str]:
    """Yield by how many and by whom a step is told."""
    told = [(step.get("articles"), "article"), (step.get("accounts"), "row of a file")]
    voices = ", ".join(counted(number, name) for number, name in told if number)
    if voices and step.get("independent_reports"):
        voices += f": {counted(step['independent_reports'], 'independent report')}"
    if voices:
        yield f"{INDENT}{voices}"
    for source in step["sources"][:SOURCES]:
        yield f"{INDENT}{_parts('  ', source['publisher'] or source.get('title'), source['url'])}"
    if len(step["sources"]) > SOURCES:
        yield f"{INDENT}and {len(step['sources']) - SOURCES} more (--json names them)"


def _changed(corrections: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield what an event was said to be before: of each field the first word and the last, with the last reason."""
    by_field: dict[str, list[Mapping[str, Any]]] = {}
    for change in corrections:
        by_field.setdefault(change["field"], []).append(change)
    for field, changes in by_field.items():
        first, last = changes[0]["old"], changes[-1]
        if field in TOLD_OTHERWISE or first in {None, "none", "none_stated", last["new"]}:
            continue
        yield f"{INDENT}corrected: {field} {first} -> {last['new']} ({last['why']})"


def _looks(looks: Sequence[Mapping[str, Any]]) -> str:
    """Return the follow-ups of one cut on a line."""
    last = looks[-1]
    due = [look["due_on"] for look in looks if look["state"] == "due"]
    following = next((look["due_on"] for look in looks if look["state"] == "waiting"), None)
    return _parts(
        "; ",
        f"event {last['event_id']} of {last['announced_on']}: {last['found']}",
        f"{counted(len(due), 'follow-up')} due since {due[0]}" if due else None,
        f"next on {following}" if following else None,
    )


def counted(number: int, name: str) -> str:
    """Return a number of things: "1 cut", "2 cuts", "2 rows of a file"."""
    head, space, rest = name.partition(" of ")
    return f"{number:,} {head}{'' if number == 1 else 's'}{space}{rest}"


def _parts(between: str, *parts: object) -> str:
    return between.join(str(part) for part in parts if part)


@click.command(epilog=ending("company Klarna", 'company "Commonwealth Bank" --json'))
@click.argument("name")
@as_json
@click.pass_obj
def company(invocation: Invocation, name: str, as_json: bool) -> None:
    """Print what is known of an employer, and whether it lasted.

    NAME is any name it goes by. Each step has its date as precise as known, its numbers, words and sources; then
    what else was said of it, and when to look again.
    """
    history = ask(invocation, "company", {"name": name})
    if as_json:
        print_json(history)
    else:
        say(shown(history))
