"""What every command is given, and how it prints: the global options, help texts, answers as lines or JSON."""

import json
import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from monitor import settings as configuration
from monitor.log import escaped

EXITS = (
    "0 done; 1 expected failure; 2 bad configuration or usage; 3 the store cannot be used; 70 a bug; 130 interrupted"
)
WRITES = EXITS.replace("; 70", "; 4 its owner does not answer; 70")
PATH = click.Path(path_type=Path, readable=False)  # what cannot be read is refused in words of ours
_ONE = {"batches": "batch", "documents": "document", "entries": "entry", "feeds": "feed", "new events": "new event"}
as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON document and nothing else.")


@dataclass(frozen=True, slots=True)
class Invocation:
    """The global options of one call."""

    config: Path | None
    db: Path | None
    quiet: bool
    environ: Mapping[str, str]

    def settings(self) -> configuration.Settings:
        """Return the settings; raises ConfigurationError."""
        return configuration.load(self.config, self.environ, {"db": self.db})

    def say(self, text: str, *, err: bool = False) -> None:
        """Print a line for a person, unless asked to be quiet."""
        if not self.quiet:
            say(text, err=err)


def ending(*examples: str, exits: str = EXITS) -> str:
    """Return the end of a command's help: examples, then exit codes."""
    lines = "\n".join(f"  layoff-monitor {example}" for example in examples)
    return f"\b\nExample:\n{lines}\n\nExit codes: {exits}."


def json_text(value: object, *, indent: int | None = None) -> str:
    """Return JSON that any terminal and any encoding of standard output can take."""
    utf8 = (getattr(sys.stdout, "encoding", None) or "").lower().replace("-", "") == "utf8"
    return escaped(json.dumps(value, ensure_ascii=not utf8, indent=indent), keep="\n")


def print_json(value: object) -> None:
    """Print one JSON document."""
    click.echo(json_text(value, indent=2))


def say(text: str, *, keep: str = "\n", err: bool = False) -> None:
    """Print text for a person: its own line ends (or what `keep` holds), and nothing that could move the cursor."""
    encoding = getattr(sys.stderr if err else sys.stdout, "encoding", None) or "utf-8"
    click.echo(escaped(text, keep=keep).encode(encoding, "backslashreplace").decode(encoding), err=err)


def at_terminal() -> bool:
    """Return whether somebody sits there: answers can be typed, and what is printed is seen."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def terminal_width() -> int | None:
    """Return how many characters fit on a line of the terminal printed to, None for a pipe or file."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def counts(answer: Mapping[str, Any]) -> str:
    """Return the numbers of an answer in words: "3 feeds, 1 known"; those that are 0 are left out."""
    numbers = {name.replace("_", " "): number for name, number in answer.items() if _is_number(number)}
    found = [f"{number} {_ONE.get(name, name) if number == 1 else name}" for name, number in numbers.items()]
    return ", ".join(text for text in found if not text.startswith("0 ")) or "nothing to do"


def _is_number(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def columns(rows: Sequence[Mapping[str, Any]], names: tuple[str, ...], limit: int = 70) -> str:
    """Return rows as aligned text under a line of names; cells are cut at `limit` characters."""
    table = [list(names), *([_cell(row.get(name), limit) for name in names] for row in rows)]
    widths = [max(len(row[number]) for row in table) for number in range(len(names))]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in table)
    return "\n".join(line.rstrip() for line in lines)


def _cell(value: object, limit: int) -> str:
    text = escaped("" if value is None else str(value))
    return text if len(text) <= limit else text[: limit - 3] + "..."


def environment() -> Mapping[str, str]:
    """Return the process's environment, which only the command line reads."""
    return os.environ
