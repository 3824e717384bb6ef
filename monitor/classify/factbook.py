"""The fact book: `config/facts.toml` read, checked and compiled."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from monitor.classify.alternation import any_of
from monitor.classify.tables import read_table, strings, table_of
from monitor.errors import ConfigurationError
from monitor.shipped import shipped

LISTS = ("employment_form", "reason", "speaker")
SIDES = ("away", "back", "kept")


@dataclass(frozen=True, slots=True)
class FactBook:
    """The words facts are read by; never changes after loading."""

    people: frozenset[str]
    not_people: frozenset[str]
    stops: frozenset[str]
    moves: re.Pattern[str]  # one group a side
    staff_only: re.Pattern[str]  # moves whose object can only be people
    undone: re.Pattern[str]
    past: re.Pattern[str]
    lists: Mapping[str, Mapping[str, re.Pattern[str]]]  # fact -> entry of its closed list -> words that stand for it
    functions: tuple[str, ...]
    function: re.Pattern[str]  # one group a function, in their order, where any stands:
    any_function: re.Pattern[str]
    countries: Mapping[str, str]  # place -> country code
    place: re.Pattern[str]


def load(path: Path | None = None, places_path: Path | None = None) -> FactBook:
    """Return the fact book of a file, the shipped one by default; raises ConfigurationError naming file and key."""
    path = path or shipped("config/facts.toml")
    document, _ = read_table(path)
    if document.get("version") != 1:
        raise ConfigurationError(f"{path}: version must be 1, not {document.get('version')!r}")
    people, moves = table_of(path, document, "people"), table_of(path, document, "moves")
    table = table_of(path, document, "function")
    functions = {entry: strings(path, table, entry, where="function") for entry in table}
    places_path = places_path or shipped("config/places.toml")
    countries = _countries(places_path)
    return FactBook(
        people=frozenset(strings(path, people, "nouns", where="people")),
        not_people=frozenset(strings(path, people, "not_people", where="people")),
        stops=frozenset(strings(path, people, "stops", where="people")),
        moves=re.compile("|".join(f"(?P<{side}>{_any(strings(path, moves, side, where='moves'))})" for side in SIDES)),
        staff_only=re.compile(_any(strings(path, moves, "staff_only", where="moves"))),
        undone=re.compile(_any(strings(path, moves, "undone", where="moves"))),
        past=re.compile(_any(strings(path, moves, "past", where="moves"))),
        lists={name: _lists(path, document, name) for name in LISTS},
        functions=tuple(functions),
        function=re.compile("|".join(f"({_any(phrases)})" for phrases in functions.values())),
        any_function=re.compile(_any(chain.from_iterable(functions.values()))),
        countries=countries,
        place=re.compile(rf"(?<![\w-]){any_of(countries)}(?![\w-])"),
    )


def _lists(path: Path, document: dict[str, Any], name: str) -> dict[str, re.Pattern[str]]:
    """Return a closed list as patterns for its entries, in the order of the file."""
    table = table_of(path, document, name)
    return {entry: re.compile(_any(strings(path, table, entry, where=name))) for entry in table}


def _countries(path: Path) -> dict[str, str]:
    """Return the country code of each place."""
    table = table_of(path, read_table(path)[0], "country")
    found: dict[str, str] = {}
    for code in table:
        for place in strings(path, table, code, where="country"):
            if found.setdefault(place, code) != code:
                raise ConfigurationError(f"{path}: country.{code}: {place!r} also stands under {found[place]}")
    return found


def _any(phrases: Iterable[str]) -> str:
    """Return a pattern for any of the phrases as whole words."""
    return rf"(?<!\w){any_of(phrases)}(?!\w)"
