"""Input files of the command line -> items; a wrong one is refused by file and line."""

import json
import re
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import click

from monitor.errors import UsageError

STDIN = Path("-")
LONGEST_FILE: Final = 32 * 2**20  # bytes, of an article or a list of feeds: what a daemon is handed at once


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


def read_bytes(file: Path, most: int = LONGEST_FILE) -> bytes:
    """Return what a file or, for `-`, standard input holds; raises UsageError for more than so many bytes."""
    try:
        with nullcontext(sys.stdin.buffer) if file == STDIN else file.open("rb") as opened:
            body = opened.read(most + 1)
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}") from error
    if len(body) > most:
        raise UsageError(f"{file} has more than {most // 2**20} MiB; is it the right file? If so, split it")
    return body


def words_of(file: Path) -> str:
    """Return the text of a text file, as `decoded` does; raises UsageError for one that is no text in UTF-8."""
    text = decoded(read_bytes(file))
    if "\0" in text or text.count("\ufffd") > len(text) / 20:
        raise UsageError(f"{file} is not text in UTF-8; save the article's words in that encoding, its title first")
    return text


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
