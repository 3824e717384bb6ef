"""`[[rules]]` -> typed values: which keys a kind of rule takes, and the employers of a rule's own list."""

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, fields, replace
from datetime import time
from pathlib import Path
from typing import Any, Final

from monitor.errors import ConfigurationError
from monitor.model import FOLLOW_UP_MONTHS
from monitor.settings.scopes import country_fault, work_fault
from monitor.settings.sections import Given, converted, keys_of
from monitor.settings.values import RuleKind, RuleSettings
from monitor.settings.wording import refuse, shown, suggestion

_ALWAYS: Final = frozenset({"name", "kind", "channels", "shadow"})
_WHO: Final = frozenset({"employers", "list", "watchlist", "functions", "countries"})
_EVENT: Final = _WHO | {"labels", "min_jobs", "min_strength", "max_tier", "confirm"}
_LATER: Final = frozenset({"quiet_hours", "max_per_day"})
# `window_days` says nothing for single events; older files have it there.
_OF_EVENTS: Final = _EVENT | _LATER | {"cool_down_h", "window_days"}
_KEYS: Final[Mapping[RuleKind, frozenset[str]]] = {
    "any": _OF_EVENTS,
    "watch": _OF_EVENTS,
    "flip": _OF_EVENTS,
    "size": _OF_EVENTS,
    "surge": _WHO | _LATER | {"labels", "window_days", "direction"},
    "milestone": _WHO | _LATER | {"min_jobs", "months"},
    "silence": frozenset({"labels", "days", "quiet_hours"}),
    "digest": _EVENT | {"at", "every"},
}
_NEEDED: Final[Mapping[str, frozenset[str]]] = {
    "watch": _WHO,
    "size": frozenset({"min_jobs"}),
}
_CLOCK: Final = r"(?:[01]\d|2[0-3]):[0-5]\d"
_HEADERS: Final = ("company", "employer", "name")
_LONGEST_NAME: Final = 200  # characters
TREND_DAYS: Final = 28  # that trends are counted over


def hours(text: str) -> tuple[time, time]:
    """Return beginning and end of quiet hours: "22:00-07:00"."""
    start, end = text.split("-")
    return time.fromisoformat(start), time.fromisoformat(end)


def rules(tables: Any, file: Path, known_channels: Mapping[str, object]) -> tuple[RuleSettings, ...]:
    """Return the alert rules in the file's order; their names differ."""
    where = str(file)
    if not isinstance(tables, list):
        refuse(where, "rules", shown(tables), "must be tables: write [[rules]], in double brackets")
    found = tuple(_rule(file, number, table, known_channels) for number, table in enumerate(tables, 1))
    names = [rule.name for rule in found]
    for number, name in enumerate(names, 1):
        if name in names[: number - 1]:
            refuse(where, f"rules[{number}].name", shown(name), "another rule has this name")
    return found


def employers_of(file: Path) -> tuple[str, ...]:
    """Return the employers of a CSV file: its column company, employer or name, or else its first one.

    Raises ConfigurationError at the first bad line, by its number.
    """
    try:
        text = file.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise ConfigurationError(f"{file}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise ConfigurationError(f"{file}, line {line}: is not UTF-8; save the file in that encoding") from error
    return tuple(dict.fromkeys(_names(file, text)))


def _names(file: Path, text: str) -> Iterator[str]:
    lines = csv.reader(text.splitlines(), strict=True)
    column: int | None = None
    try:
        for cells in lines:
            words = [cell.strip() for cell in cells]
            if not any(words):
                continue
            if column is None:
                titles = [word.casefold() for word in words]
                column = next((titles.index(title) for title in _HEADERS if title in titles), -1)
                if column >= 0:
                    continue
                column = 0
            yield _name(f"{file}, line {lines.line_num}", words, column)
    except csv.Error as error:
        raise ConfigurationError(f"{file}, line {lines.line_num}: is not CSV: {error}") from error


def _name(where: str, words: list[str], column: int) -> str:
    name = words[column] if column < len(words) else ""
    if not name:
        raise ConfigurationError(f"{where}: names no employer")
    if not _is_name(name):
        right = f"must be the name of an employer: up to {_LONGEST_NAME} printable characters"
        raise ConfigurationError(f"{where}: {shown(name)}: {right}")
    return name


def _is_name(text: str) -> bool:
    return bool(text.strip()) and len(text) <= _LONGEST_NAME and text.isprintable()


def _rule(file: Path, number: int, table: Any, known_channels: Mapping[str, object]) -> RuleSettings:
    where, key = str(file), f"rules[{number}]"
    if not isinstance(table, dict):
        refuse(where, key, shown(table), "must be a table: write [[rules]] on a line of its own")
    hints = keys_of(RuleSettings)
    for unknown in table.keys() - hints.keys():
        refuse(where, f"{key}.{unknown}", shown(table[unknown]), f"unknown key; {suggestion(unknown, hints)}")
    for name in (field.name for field in fields(RuleSettings) if field.default is MISSING):
        if name not in table:
            refuse(where, key, None, f"needs {name}")
    values = {name: converted(Given(value, where), f"{key}.{name}", hints[name]) for name, value in table.items()}
    rule = RuleSettings(**values)
    _check_kind(where, key, rule, table)
    _check_words(where, key, rule)
    for channel in rule.channels:
        if channel not in known_channels:
            hint = suggestion(channel, known_channels)
            refuse(where, f"{key}.channels", shown(channel), f"no such channel; {hint}")
    return _with_list(file, key, rule)


def _check_kind(where: str, key: str, rule: RuleSettings, table: Mapping[str, Any]) -> None:
    """Refuse keys that say nothing for the rule's kind, and a kind without what it is about."""
    taken = _KEYS[rule.kind] | _ALWAYS
    for name in table:
        if name not in taken:
            kinds = ", ".join(f'"{kind}"' for kind, keys in _KEYS.items() if name in keys)
            problem = f'says nothing for a rule of kind "{rule.kind}"; it is for {kinds}'
            refuse(where, f"{key}.{name}", shown(table[name]), problem)
    needed = _NEEDED.get(rule.kind, frozenset())
    if needed and not any(getattr(rule, name) for name in needed):
        refuse(where, key, None, f'of kind "{rule.kind}" needs {" or ".join(sorted(needed))}')


def _check_words(where: str, key: str, rule: RuleSettings) -> None:
    """Refuse names, words, times of day and numbers of days that cannot be meant."""
    for name, problem in (*_faults_of_scope(rule), *_faults_of_time(rule)):
        refuse(where, f"{key}.{name}", shown(getattr(rule, name)), problem)


def _faults_of_scope(rule: RuleSettings) -> Iterator[tuple[str, str]]:
    """Yield the keys by which the rule would look at nothing, each with what is wrong."""
    if not _is_name(rule.name):
        yield "name", f"must not be empty, and be up to {_LONGEST_NAME} printable characters"
    if not all(map(_is_name, rule.employers)):
        yield "employers", "must be names of employers"
    if not rule.labels:
        yield "labels", "must name a label, or be left out for all three"
    if rule.kind == "flip" and not set(rule.labels) & {"reversal", "hybrid"}:
        yield "labels", 'must hold "reversal" or "hybrid", which undo a cut'
    for name, fault in (("functions", work_fault(rule.functions)), ("countries", country_fault(rule.countries))):
        if fault:
            yield name, fault


def _faults_of_time(rule: RuleSettings) -> Iterator[tuple[str, str]]:
    quiet = rule.quiet_hours
    if quiet and (not re.fullmatch(f"{_CLOCK}-{_CLOCK}", quiet) or quiet[:5] == quiet[6:]):
        yield "quiet_hours", 'must be two times of day that differ: "22:00-07:00"'
    if not re.fullmatch(_CLOCK, rule.at):
        yield "at", 'must be a time of day: "08:00"'
    if rule.kind == "surge" and rule.window_days != TREND_DAYS:
        yield "window_days", "must be 28, the window that trends are counted over"
    if not rule.months or not set(rule.months) <= set(FOLLOW_UP_MONTHS):
        yield "months", "must be among 3, 6, 12, 18 and 24"


def _with_list(file: Path, key: str, rule: RuleSettings) -> RuleSettings:
    """Return the rule with the employers of its own list among those it names."""
    if rule.list is None:
        return rule
    path = file.absolute().parent / rule.list.expanduser()
    try:
        listed = employers_of(path)
    except ConfigurationError as error:
        refuse(str(file), f"{key}.list", shown(str(rule.list)), str(error))
    if not listed:
        refuse(str(file), f"{key}.list", shown(str(rule.list)), f"{path} names no employer")
    return replace(rule, employers=(*rule.employers, *listed), list=path)
