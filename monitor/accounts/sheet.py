"""The bytes of a CSV or JSON Lines file -> its rows, whatever a spreadsheet made of encoding and separators."""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from monitor.accounts.columns import meanings
from monitor.errors import UsageError

LONGEST_FILE: Final = 256 * 1024 * 1024  # bytes; a million rows of this size
LONGEST_CELL: Final = 10_000  # characters; no cell of a fact needs them
_TOO_LONG: Final = f"a cell of more than {LONGEST_CELL} characters"
_SEPARATORS: Final = ",;\t|"
_BYTE_ORDER_MARKS: Final = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)


@dataclass(frozen=True, slots=True)
class Record:
    """One row: where it begins, its cells by what their columns mean, or why it cannot be read."""

    line: int
    cells: Mapping[str, str]
    fault: str | None = None


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file whose header is understood."""

    where: str  # its name
    text: str
    separator: str
    header: Sequence[str]
    columns: Sequence[str | None]  # what each column means; None is not read

    @property
    def unread(self) -> list[str]:
        """Return the columns that are not read."""
        return [name for name, meaning in zip(self.header, self.columns, strict=True) if meaning is None]

    def name_of(self, meaning: str) -> str:
        """Return how the file calls the column of this meaning; of a source, whichever it has."""
        for wanted in (meaning, "source" if meaning == "url" else meaning):
            if wanted in self.columns:
                return self.header[self.columns.index(wanted)].strip()
        return meaning

    def records(self) -> Iterator[Record]:
        """Yield the rows below the header; empty ones are skipped."""
        with _cells_of_any_size(self.text):
            reader = csv.reader(io.StringIO(self.text, newline=""), delimiter=self.separator)
            below, begins = False, 1
            for row in reader:
                line, begins = begins, reader.line_num + 1
                if not any(cell.strip() for cell in row):
                    continue
                if below:
                    yield self._record(line, row)
                below = True  # the first line that holds anything is the header

    def _record(self, line: int, row: Sequence[str]) -> Record:
        if _is_long(row):
            return Record(line, {}, f"{_TOO_LONG}; is a quotation mark never closed?")
        if len(row) != len(self.header):
            return Record(line, {}, f"{len(row)} cells, and the first line names {len(self.header)} columns")
        if any("\0" in cell for cell in row):
            return Record(line, {}, "a NUL character, which no text has")
        named = zip(self.columns, row, strict=True)
        return Record(line, {meaning: cell.strip() for meaning, cell in named if meaning is not None})


def opened(body: bytes, where: str) -> Sheet:
    """Return the sheet that the bytes of a file hold; raises UsageError for anything but a CSV file of events."""
    text = _decoded(body, where)
    if not text.strip():
        raise UsageError(f"{where} is empty; its first line must name columns, such as company,label,date,source_url")
    hint, _, rest = text.partition("\n")
    if hint.strip().lower().startswith("sep=") and len(hint.strip()) == 5:
        text = "\n" + rest  # what a spreadsheet writes above the header; the lines keep their numbers
    start = text.lstrip("\r\n")
    with _cells_of_any_size(text):
        line = start.partition("\n")[0]
        separator = max(_SEPARATORS, key=line.count)
        header = next(csv.reader(io.StringIO(start, newline=""), delimiter=separator), [])
    if any("\0" in name for name in header):
        raise UsageError(f"{where}, line 1: NUL characters; save it as CSV in UTF-8")
    return Sheet(where, text, separator, header, meanings(header, f"{where}, line 1"))


def lined(body: bytes, where: str) -> Iterator[Record]:
    """Yield the rows of a JSON Lines file whose objects hold the same columns; raises UsageError as `opened` does."""
    for number, line in enumerate(_decoded(body, where).splitlines(), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            cells = {str(name): "" if value is None else str(value) for name, value in row.items()}
        except (ValueError, AttributeError, RecursionError) as error:
            raise UsageError(f"{where}, line {number}: must be one JSON object") from error
        if _is_long(cells.values()):
            yield Record(number, {}, _TOO_LONG)
            continue
        found = zip(meanings(list(cells), f"{where}, line {number}"), cells.values(), strict=True)
        yield Record(number, {meaning: value.strip() for meaning, value in found if meaning is not None})


def _is_long(cells: Iterable[str]) -> bool:
    return any(len(cell) > LONGEST_CELL for cell in cells)


def _decoded(body: bytes, where: str) -> str:
    if len(body) > LONGEST_FILE:
        raise UsageError(f"{where} has more than {LONGEST_FILE // 2**20} MiB; split it")
    if body.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise UsageError(f"{where} is a spreadsheet's own format; save it as CSV in UTF-8")
    encoding = next((name for mark, name in _BYTE_ORDER_MARKS if body.startswith(mark)), "utf-8")
    try:
        return body.decode(encoding)
    except UnicodeDecodeError as error:
        at = body.count(b"\n", 0, error.start) + 1
        raise UsageError(f"{where}, line {at}: is not {encoding.upper()} text; save it as CSV in UTF-8") from error


@contextmanager
def _cells_of_any_size(text: str) -> Iterator[None]:
    """Let the csv module read a cell as long as the file; its limit is one for the whole process."""
    before = csv.field_size_limit(max(len(text), 1))
    try:
        yield
    finally:
        csv.field_size_limit(before)
