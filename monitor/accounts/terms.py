"""The terms by which rows are read: words, employers, publishers, today's date."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final, Protocol

from monitor.accounts import vocabulary
from monitor.accounts.vocabulary import Vocabulary
from monitor.classify import companies, publishers

_WITH_OTHERS: Final = re.compile(r"(.+?)\s*\((.+)\)")  # "Halden (Fjord)"


class Tiers(Protocol):
    """Who knows how near to the event a source stands."""

    def tier(self, name_or_host: str) -> int:
        """Return the source tier, 1 to 4."""
        ...


@dataclass(frozen=True, slots=True)
class Terms:
    """What reading a row needs beside the row."""

    words: Vocabulary
    aliases: Mapping[str, str]  # name in small letters -> the canonical one
    parents: Mapping[str, str]
    publishers: Tiers
    today: date

    def employer(self, printed: str) -> str | None:
        """Return the canonical name of an employer, None where none acts: "(a survey)"; unknown names are their own."""
        name = " ".join(printed.split())
        if name.startswith("(") and name.endswith(")"):
            return None
        both = _WITH_OTHERS.fullmatch(name)
        for form in (name, *(both.groups() if both else ())):
            if known := self.aliases.get(form.casefold()):
                return known
        return name


def load(today: date) -> Terms:
    """Return the terms of the shipped tables; raises ConfigurationError naming file and key."""
    firms = companies.load()
    aliases = {alias.casefold(): name for alias, name in firms.aliases.items()}
    return Terms(vocabulary.load(), aliases, firms.parents, publishers.load(), today)
