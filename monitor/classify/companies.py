"""Which employer a text is about: known ones by an alias table, new ones by how the sentences treat their name."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from monitor.classify import employer, mentions
from monitor.classify.employer import Named
from monitor.classify.names import Name, Vocabulary, head
from monitor.classify.sentences import Sentence
from monitor.classify.tables import read_table, strings, table_of
from monitor.errors import ConfigurationError
from monitor.shipped import shipped

__all__ = ["Companies", "Named", "load"]


@dataclass(frozen=True, slots=True)
class Companies:
    """The table of employers, and the words that are none."""

    words: Vocabulary
    houses: frozenset[str]  # measure and predict; employers only where they act on their own staff
    common: frozenset[str]  # names that are such common words that only "retailer Next" will do
    parents: Mapping[str, str]  # subsidiary -> parent
    tickers: Mapping[str, str]

    @property
    def aliases(self) -> Mapping[str, str]:
        """Return the table from a name as printed to the canonical one."""
        return self.words.aliases

    def canonical(self, printed: str) -> str:
        """Return the canonical name of an employer as printed; unknown names are their own."""
        return self.words.canonical(printed) or printed

    def main(self, title: str, sentences: Sequence[Sentence]) -> Named | None:
        """Return the employer the article is about, or None if no name is treated as an acting firm."""
        search = employer.Search(self.words, self.houses, self.common, sentences)
        best = employer.main(search, title)
        if best is None:
            return None
        symbol = None if best.first.known else employer.ticker(title, sentences)
        name = self.tickers.get(symbol or "", best.first.name)
        return replace(best.first, name=name, parent=self.parents.get(name))

    def others(self, text: str, main: str | None) -> bool:
        """Return whether a sentence names another known employer, and neither the main one nor its own house."""
        names = self._names(text)
        if any(self._one_house(canonical, main) for _, canonical in names):
            return False
        return any(self._counts(text, name) for name, _ in names)

    def count(self, text: str) -> int:
        """Return how many different known employers a piece of text names."""
        return len(self.known(text))

    def known(self, text: str) -> set[str]:
        """Return the known employers a piece of text names; a house or a common word only where it acts itself."""
        return {canonical for name, canonical in self._names(text) if self._counts(text, name)}

    def _names(self, text: str) -> list[tuple[Name, str]]:
        """Return the known names in a piece of text, in whatever role, each with its employer."""
        if not self.words.names_known(text):
            return []
        return [(name, self.canonical(name.printed)) for name in self.words.find(text) if name.known]

    def _counts(self, text: str, name: Name) -> bool:
        """Return whether a known name stands for the employer there, and not for a word or a source."""
        if name.printed in self.common:
            seen = mentions.treatment(text, name.start, name.end, known=True)
            return seen.sort or seen.takes
        doubtful = name.printed in self.houses or name.printed in self.words.ambiguous
        return not doubtful or mentions.acts(text, name.end)

    def _one_house(self, name: str, main: str | None) -> bool:
        """Return whether two employers are one, or parent and subsidiary."""
        return main is not None and (name == main or self.parents.get(name) == main or self.parents.get(main) == name)


def load(path: Path | None = None, places_path: Path | None = None) -> Companies:
    """Return the employers of a file, the shipped one by default; raises ConfigurationError naming file and key."""
    path = path or shipped("config/companies.toml")
    document, _ = read_table(path)
    aliases = _aliases(path, table_of(path, document, "employers"))

    def names(table: str, key: str = "names") -> frozenset[str]:
        return frozenset(strings(path, table_of(path, document, table), key, where=table))

    descriptors = names("headline", "descriptors")
    last, first, none = (names("organisation", key) for key in ("last", "first", "none"))
    places_path = places_path or shipped("config/places.toml")
    countries = table_of(places_path, read_table(places_path)[0], "country")
    places = {place for code in countries for place in strings(places_path, countries, code, where="country")}
    return Companies(
        words=Vocabulary(
            aliases=aliases,
            not_employers=names("not_employers") - aliases.keys(),
            places=frozenset(places - aliases.keys()),
            stop_words=names("headline", "words"),
            descriptors=descriptors,
            generic=names("headline", "generic").union(descriptors, last, first, none),
            last=last,
            first=first,
            none=none,
            ambiguous=names("ambiguous"),
            products=names("organisation", "products"),
            first_names=names("people", "first_names"),
            heads=frozenset(head(alias) for alias in aliases),
        ),
        houses=names("houses"),
        common=names("words"),
        parents=_links(path, document, "parents", aliases),
        tickers=_links(path, document, "tickers", aliases),
    )


def _aliases(path: Path, employers: Mapping[str, Any]) -> dict[str, str]:
    """Return the table from every name to its employer; each name belongs to one."""
    aliases: dict[str, str] = {}
    for name in employers:
        value = employers[name]
        if value != [] and not strings(path, employers, name, where="employers"):
            raise ConfigurationError(f"{path}: employers.{name} must be a list of names")
        for alias in (name, *value):
            if aliases.setdefault(alias, name) != name:
                raise ConfigurationError(f"{path}: employers.{name}: {alias!r} also belongs to {aliases[alias]}")
    return aliases


def _links(path: Path, document: Mapping[str, Any], table: str, aliases: Mapping[str, str]) -> dict[str, str]:
    """Return a table that leads to employers: from subsidiaries to parents, from tickers to firms."""
    links = table_of(path, dict(document), table)
    for key, value in links.items():
        if not isinstance(value, str) or aliases.get(value) != value:
            raise ConfigurationError(f"{path}: {table}.{key} must be an employer of this file, not {value!r}")
    return links
