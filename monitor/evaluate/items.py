"""Labelled items from JSON Lines; a wrong line is refused by its number."""

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Final

from monitor.errors import UsageError
from monitor.model import Kind, Label

NUMBERS: Final = ("jobs_count", "jobs_count_max", "share_pct", "headcount_before", "headcount_after", "fte_equivalent")
WORDS: Final = (
    "company", "jobs_qualifier", "action", "technology", "function", "country", "employment_form",
    "attribution_strength", "attribution_speaker", "reason_given",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Item:
    """One labelled article."""

    id: str
    title: str
    text: str
    label: str
    kind: str
    facts: Mapping[str, Any] = field(default_factory=dict)  # fact -> what the reader found; absent: not stated
    asked: frozenset[str] = frozenset()  # facts the reader looked for: those any line of the file names
    lang: str | None = None  # ISO 639-1
    group: str | None = None  # items of one group are drawn together, as they are not independent
    published_on: date | None = None


def read_items(lines: Iterable[str]) -> list[Item]:
    """Return the items of a JSON Lines file; raises UsageError that names the bad line by number.

    A fact no line names was not looked for, and is not scored; one that some lines name and others leave out is, in
    those others, not stated.
    """
    items = []
    asked: set[str] = set()
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
            items.append(_item(record))
        except (ValueError, TypeError, OverflowError, RecursionError) as error:
            what = f"is not JSON ({error})" if isinstance(error, json.JSONDecodeError) else error
            raise UsageError(f"line {number}: {what}") from error
        asked |= record.keys() & {*NUMBERS, *WORDS}
    if not items:
        raise UsageError(
            "the file holds no labelled item; each line must be a JSON object with title, text, label, kind"
        )
    return [replace(item, asked=frozenset(asked)) for item in items]


def _item(record: Any) -> Item:
    """Return one record as an item; raises ValueError or TypeError that says what is wrong."""
    if not isinstance(record, dict):
        raise TypeError("must be a JSON object")
    for key in ("title", "label", "kind"):
        if not isinstance(record.get(key), str):
            raise TypeError(f"{key} must be text, not {record.get(key)!r}")
    for key, vocabulary in (("label", Label), ("kind", Kind)):
        if record[key] not in set(vocabulary):
            raise ValueError(f"{key} = {record[key]!r} must be one of {', '.join(vocabulary)}")
    facts = {name: _number(record, name) for name in NUMBERS} | {name: _words(record, name) for name in WORDS}
    return Item(
        id=str(record.get("id") or record["title"][:40]),
        title=record["title"],
        text=_words(record, "text") or "",
        label=record["label"],
        kind=record["kind"],
        facts={name: value for name, value in facts.items() if value is not None},
        lang=_words(record, "lang"),
        group=str(record["group"]) if record.get("group") is not None else None,
        published_on=_day(_words(record, "date")),
    )


def _words(record: Mapping[str, Any], name: str) -> str | None:
    """Return a member that is text; null and missing are None."""
    value = record.get(name)
    if value is not None and not isinstance(value, str):
        raise TypeError(f"{name} must be text or null, not {value!r}")
    return value


def _number(record: Mapping[str, Any], name: str) -> float | None:
    """Return a member that is a number; null and missing are None."""
    value = record.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise TypeError(f"{name} must be a number or null, not {value!r}")
    return value


def _day(text: str | None) -> date | None:
    """Return the day a date or moment begins with; a year or a month alone is no day."""
    try:
        return date.fromisoformat((text or "")[:10])
    except ValueError:
        return None
