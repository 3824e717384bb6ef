"""The cells of one row -> values; what does not fit is collected, so that a row tells all that is wrong with it."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

from monitor.accounts.vocabulary import Vocabulary
from monitor.identity import clean_text
from monitor.model import DatePrecision

EARLIEST: Final = date(1990, 1, 1)  # before it nobody's work went to what these columns mean by AI
MOST_PEOPLE: Final = 100_000_000
_FORMULA: Final = re.compile(r"=|[-+@][A-Za-z]+\(")
_DATE: Final = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2})(?:[T ][0-9:.,+Z-]+)?)?)?")


@dataclass(frozen=True, slots=True)
class Cells:
    """One row's cells, what was wrong with them and which words the table replaced, filled as they are read."""

    values: Mapping[str, str]
    words: Vocabulary
    wrong: list[tuple[str, str, str]] = field(default_factory=list)  # column, value, what would be right
    replaced: dict[str, str] = field(default_factory=dict)

    def refuse(self, column: str, right: str) -> None:
        """Note that a column does not fit."""
        self.wrong.append((column, self.values.get(column, ""), right))

    def text(self, column: str) -> str | None:
        """Return a cell's text, None where it is empty."""
        value = clean_text(self.values.get(column, "")).strip()
        if _FORMULA.match(value):
            self.refuse(column, "a value, not a formula of a spreadsheet")
            return None
        return value or None

    def word(self, column: str) -> str | None:
        """Return a word of the column's vocabulary, None where it says nothing."""
        how: dict[str, Callable[[str], str | None]] = {"function": self.words.function, "country": self.words.country}
        value = self.text(column)
        if value is None:
            return None
        found = how[column](value) if column in how else self.words.word(column, value)
        if found is None:
            self.refuse(column, f"{self.words.allowed(column)}; config/vocabulary.toml takes other words")
        elif found != value and not (found == "" and self.words.says_nothing(value)):
            self.replaced[column] = value
        return found or None

    def people(self, column: str) -> int | None:
        """Return a number of people."""
        value = self.text(column)
        if value is None:
            return None
        if not re.fullmatch(r"\d{1,12}(?:\.0+)?", value) or int(value.partition(".")[0]) > MOST_PEOPLE:
            self.refuse(column, "a whole number of people in digits, such as 1800")
            return None
        return int(value.partition(".")[0])

    def share(self, column: str) -> float | None:
        """Return a percentage above 0 and up to 100."""
        value = self.text(column)
        if value is None:
            return None
        number = value.removesuffix("%").strip().replace(",", ".")
        if not re.fullmatch(r"\d{1,3}(?:\.\d{1,6})?", number) or not 0 < float(number) <= 100:
            self.refuse(column, "a percentage above 0 and up to 100, such as 12.5")
            return None
        return float(number)

    def day(self, column: str, latest: date) -> tuple[date, DatePrecision] | None:
        """Return a day with how exact it is: "2025-05" is the first of that month, exact to the month."""
        value = self.text(column)
        if value is None:
            return None
        parts = _DATE.fullmatch(value)
        try:
            year, month, of_month = (int(part) if part else None for part in parts.groups()) if parts else (None,) * 3
            found = date(year or 0, month or 1, of_month or 1)
        except ValueError:
            self.refuse(column, "a date as 2025-05-08, 2025-05 or 2025")
            return None
        if not EARLIEST <= found <= latest:
            self.refuse(column, f"a date from {EARLIEST} to {latest}")
            return None
        return found, "day" if of_month else "month" if month else "year"


def tomorrow(today: date) -> date:
    """Return the latest day that anything can have been announced on: somebody east of UTC is a day ahead."""
    return today + timedelta(days=1)
