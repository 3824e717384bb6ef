"""`[[rules]]` -> typed values."""

from collections.abc import Mapping
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any

from monitor.settings.sections import Given, converted, keys_of
from monitor.settings.values import RuleSettings
from monitor.settings.wording import refuse, shown, suggestion


def _rule(where: str, number: int, table: Any, known_channels: Mapping[str, object]) -> RuleSettings:
    key = f"rules[{number}]"
    if not isinstance(table, dict):
        refuse(where, key, shown(table), "must be a table: write [[rules]] on a line of its own")
    hints = keys_of(RuleSettings)
    for unknown in table.keys() - hints.keys():
        refuse(where, f"{key}.{unknown}", shown(table[unknown]), f"unknown key; {suggestion(unknown, hints)}")
    needed = [field.name for field in fields(RuleSettings) if field.default is MISSING]
    for name in needed:
        if name not in table:
            refuse(where, key, None, f"needs {name}")
    values = {name: converted(Given(value, where), f"{key}.{name}", hints[name]) for name, value in table.items()}
    rule = RuleSettings(**values)
    if not rule.name.strip():
        refuse(where, f"{key}.name", shown(rule.name), "must not be empty")
    for channel in rule.channels:
        if channel not in known_channels:
            hint = suggestion(channel, known_channels)
            refuse(where, f"{key}.channels", shown(channel), f"no such channel; {hint}")
    return rule


def rules(tables: Any, file: Path, known_channels: Mapping[str, object]) -> tuple[RuleSettings, ...]:
    """Return the alert rules in the file's order; their names differ."""
    where = str(file)
    if not isinstance(tables, list):
        refuse(where, "rules", shown(tables), "must be tables: write [[rules]], in double brackets")
    found = tuple(_rule(where, number, table, known_channels) for number, table in enumerate(tables, 1))
    names = [rule.name for rule in found]
    for number, name in enumerate(names, 1):
        if name in names[: number - 1]:
            refuse(where, f"rules[{number}].name", shown(name), "another rule has this name")
    return found
