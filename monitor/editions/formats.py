"""Rows as CSV, JSON and JSON Lines; pure.

A cell of text that a spreadsheet would take for a formula gets an apostrophe before it (RELIABILITY.md X4); numbers
stay numbers, and JSON has every text as it is.
"""

import csv
import io
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

# The last four are their wide forms, which a spreadsheet set to Japanese takes for the same (OWASP, CSV Injection).
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


@dataclass(frozen=True, slots=True)
class Format:
    """How a table is written: what goes before, a row, between two rows, and after."""

    media_type: str
    begin: Callable[[Sequence[str]], str]
    row: Callable[[Sequence[str], Sequence[Any]], str]
    between: str = ""
    end: str = ""


def cell(value: object) -> object:
    """Return a value as it may stand in a spreadsheet."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def csv_line(values: Sequence[Any]) -> str:
    """Return values as one line of CSV (RFC 4180), an empty cell for None."""
    line = io.StringIO()
    csv.writer(line, lineterminator="\r\n").writerow([cell(value) for value in values])
    return line.getvalue()


def json_object(columns: Sequence[str], values: Sequence[Any]) -> str:
    """Return a row as one JSON object on one line, without angle brackets: no HTML for whatever takes it for that."""
    written = json.dumps(dict(zip(columns, values, strict=True)), ensure_ascii=False)
    return written.replace("<", "\\u003c").replace(">", "\\u003e")


CSV: Final = Format("text/csv; charset=utf-8", csv_line, lambda _, values: csv_line(values))
JSON: Final = Format("application/json; charset=utf-8", lambda _: "[\n", json_object, ",\n", "\n]\n")
LINES: Final = Format(
    "application/jsonl; charset=utf-8", lambda _: "", lambda names, values: f"{json_object(names, values)}\n"
)
