"""Words of a file -> the closed vocabularies of CODEBOOK.md, by the editable table `config/vocabulary.toml`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from monitor.classify.tables import read_table, strings, table_of
from monitor.errors import ConfigurationError
from monitor.shipped import shipped

_SHIPPED: Final = "config/vocabulary.toml"
_WORDS: Final = (
    "label", "kind", "action", "technology", "date_precision", "jobs_qualifier", "function", "employment_form",
    "attribution_type", "attribution_strength", "attribution_speaker", "status", "link_type", "reason_given",
    "review_state",
)  # fmt: skip
NO_LINK: Final = "no link"  # what a word for less than a link between two events stands for
_SUBDIVISION: Final = re.compile(r"([A-Z]{2})-[A-Z0-9]{1,3}")  # ISO 3166-2: "US-NY"


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The table of words."""

    words: Mapping[str, Mapping[str, str]]  # column -> word in its plain form -> what is stored
    places: Mapping[str, str]  # name in its plain form -> code or region
    nothing: frozenset[str]  # plain forms of cells that say nothing

    def word(self, column: str, printed: str) -> str | None:
        """Return the stored word for a printed one, "" if it says nothing, None if the table does not have it."""
        plain = _plain(printed)
        found = self.words[column].get(plain, "" if plain in self.nothing else None)
        return "" if found == NO_LINK else found

    def says_nothing(self, printed: str) -> bool:
        """Return whether a cell is one that says nothing in any column."""
        return _plain(printed) in self.nothing

    def function(self, printed: str) -> str | None:
        """Return the one sort of work of a cell that may name several: of different sorts they are mixed."""
        found = {self.word("function", part) for part in printed.split(";") if part.strip()}
        if None in found:
            return None
        known = found - {"", "unknown"} or found
        return "mixed" if len(known) > 1 else next(iter(known), "")

    def country(self, printed: str) -> str | None:
        """Return the codes and regions of a cell, separated by ";", "" for nothing, None if one is unknown."""
        found: list[str] = []
        for part in printed.split(";"):
            plain = _plain(part)
            if not plain or plain in self.nothing - self.places.keys():
                continue
            code = _SUBDIVISION.fullmatch(part.strip().upper())
            place = self.places.get(_plain(code[1])) if code else self.places.get(plain)
            if place is None:
                return None
            found.append(place)
        return ";".join(dict.fromkeys(found))

    def allowed(self, column: str) -> str:
        """Return in words what a column may hold."""
        if column == "country":
            return "codes of ISO 3166 such as US or GB;DE, or a region such as global"
        return "one of " + ", ".join(word for word in dict.fromkeys(self.words[column].values()) if word != NO_LINK)


def load(path: Path | None = None, places: Path | None = None) -> Vocabulary:
    """Return the table of a file, the shipped one by default; raises ConfigurationError naming file and key."""
    path = path or shipped(_SHIPPED)
    document, _ = read_table(path)
    tables = {column: table_of(path, document, column) for column in _WORDS}
    return Vocabulary(
        words={column: _turned(path, column, table) for column, table in tables.items()},
        places=_places(path, table_of(path, document, "country"), places or shipped("config/places.toml")),
        nothing=frozenset(_plain(word) for word in strings(path, document, "nothing", where="the first lines")),
    )


def _turned(path: Path, column: str, table: Mapping[str, object]) -> dict[str, str]:
    """Return a column's table from every word to what is stored; each word stands for one."""
    turned: dict[str, str] = {}
    for stored in table:
        others = () if table[stored] == [] else strings(path, table, stored, where=column)
        for word in (stored, *others):
            if turned.setdefault(_plain(word), stored) != stored:
                raise ConfigurationError(f"{path}: {column}.{stored}: {word!r} also stands for {turned[_plain(word)]}")
    return turned


def _places(path: Path, table: Mapping[str, object], places: Path) -> dict[str, str]:
    """Return what stands for a place: names of `places.toml`, and above them the codes and regions."""
    countries = table_of(places, read_table(places)[0], "country")
    named = {_plain(name): code for code in countries for name in strings(places, countries, code, where="country")}
    own = (*strings(path, table, "codes", where="country"), *strings(path, table, "regions", where="country"))
    return named | {"uk": "GB"} | {_plain(place): place for place in own}


def _plain(word: str) -> str:
    return " ".join(re.sub(r"[_\s-]+", " ", word.strip().casefold()).split())
