"""Input files of the command line -> items; a wrong one is refused by file and line."""

import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from monitor.errors import UsageError

STDIN = Path("-")


@dataclass(frozen=True, slots=True)
class Line:
    """One object of a JSON Lines file, and where it stands."""

    where: str  # "stories.jsonl, line 3"
    item: dict[str, Any]

    def text(self, key: str) -> str | None:
        """Return a member that is text, None when it is null or missing; refuse anything else."""
        value = self.item.get(key)
        if value is None or isinstance(value, str):
            return value
        raise UsageError(f"{self.where}: {key} must be text or null, not {type(value).__name__}")


def read_bytes(file: Path) -> bytes:
    """Return what a file or, for `-`, standard input holds."""
    if file == STDIN:
        return sys.stdin.buffer.read()
    try:
        return file.read_bytes()
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}") from error


def decoded(body: bytes) -> str:
    """Return the text of bytes, every line end as it is; what is not UTF-8 becomes U+FFFD."""
    return body.decode("utf-8", errors="replace")


def title_of(text: str) -> str:
    """Return the title of a text file: its first line."""
    return re.split(r"\r\n|\n|\r", text, maxsplit=1)[0]


def json_lines(file: Path) -> Iterator[Line]:
    """Yield the objects of a JSON Lines file in order; empty lines are skipped.

    Raises UsageError at the first line that is not one object, naming file and line.
    """
    name = "standard input" if file == STDIN else str(file)
    try:
        opened = click.open_file(str(file), "rb")
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}") from error
    with opened as lines:
        for number, raw in enumerate(lines, 1):
            where = f"{name}, line {number}"
            if text := decoded(raw).removeprefix("\ufeff").strip():
                yield Line(where, _object(where, text))


def _object(where: str, text: str) -> dict[str, Any]:
    try:
        item = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{where}: is not JSON ({error}); each line must be one object") from error
    if not isinstance(item, dict):
        raise UsageError(f"{where}: must be one JSON object, not {type(item).__name__}")
    return item
