"""A dated edition: everything the store can say as CSV and JSON Lines, with checksums and a data dictionary.

It is written beside its place, flushed to disk and then renamed: under its name stands a whole edition or none. It is
one snapshot of the store, and the same state of the store gives the same bytes on the same day.
"""

import os
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from hashlib import file_digest
from pathlib import Path
from typing import Final, TextIO

from monitor import __version__
from monitor.editions.dictionary import COLUMNS, dictionary, metadata
from monitor.editions.formats import CSV, LINES, csv_line
from monitor.errors import MonitorError
from monitor.store import Database, whole

SUMS: Final = "SHA256SUMS"
DICTIONARY: Final = "data-dictionary.csv"
READ_ME: Final = "README.txt"
_UNFINISHED: Final = (".layoff-monitor-", ".partial")
_STALE_S: Final = 86_400.0  # age at which what a killed run left unfinished is cleared away


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an edition is to hold."""

    day: date  # it is dated with
    since: date | None = None
    with_text: bool = False


@dataclass(frozen=True, slots=True)
class Edition:
    """An edition that is whole and stands in its place."""

    path: Path
    rows: dict[str, int]  # of each view
    bytes: int


def write(db: Database, folder: Path, wanted: Wanted, *, replace: bool = False) -> Edition:
    """Return the edition that now stands in a folder of its own in `folder`, named by its day; `db` is one snapshot.

    An older one there is replaced only if wanted. Raises MonitorError for a place that is taken or cannot be written.
    """
    target = folder.expanduser().resolve() / f"layoff-monitor-{wanted.day.isoformat()}"
    _check_free(target, replace=replace)
    try:
        target.parent.mkdir(exist_ok=True)
        with _unfinished(target.parent) as partial:
            rows = _write_all(db, partial, wanted)
            size = sum(file.stat().st_size for file in partial.iterdir())
            _put(partial, target)
    except OSError as error:
        raise MonitorError(f"{target} cannot be written ({error.strerror}); nothing is left of it") from error
    return Edition(target, rows, size)


def _check_free(target: Path, *, replace: bool) -> None:
    if not os.path.lexists(target):
        return
    if target.is_symlink() or not target.is_dir():
        raise MonitorError(f"{target} exists and is no folder; move it away, or name another folder")
    held = {file.name for file in target.iterdir()}
    if held and not replace:
        raise MonitorError(f"{target} exists and is left as it is; name another folder, or add --force")
    if held and SUMS not in held:
        raise MonitorError(f"{target} holds something else than an edition; move it away, or name another folder")


def _write_all(db: Database, folder: Path, wanted: Wanted) -> dict[str, int]:
    counts: dict[str, int] = {}
    columns: dict[str, tuple[str, ...]] = {}
    for name in whole.WHOLE:
        without = () if wanted.with_text or name != "articles_view" else ("text",)
        found = whole.view(db, name, wanted.since, without)
        columns[name] = found.columns
        counts[name] = _write_view(folder, name, found)
    tables = metadata()["databases"]["monitor"]["tables"]
    lines = [csv_line(COLUMNS), *(csv_line(row) for row in dictionary(tables, columns))]
    _write(folder / DICTIONARY, lines)
    _write(folder / READ_ME, [_read_me(counts, wanted)])
    sums = []
    for file in sorted(folder.iterdir()):
        with file.open("rb") as opened:
            sums.append(f"{file_digest(opened, 'sha256').hexdigest()}  {file.name}\n")
    _write(folder / SUMS, sums)
    return counts


def _write_view(folder: Path, name: str, found: whole.Rows) -> int:
    number = 0
    with _flushed(folder / f"{name}.csv") as table, _flushed(folder / f"{name}.jsonl") as lines:
        table.write(CSV.begin(found.columns))
        for row in found.each:
            table.write(CSV.row(found.columns, row))
            lines.write(LINES.row(found.columns, row))
            number += 1
    return number


def _read_me(counts: dict[str, int], wanted: Wanted) -> str:
    files = "".join(f"  {name:<18} {number:>9,} rows\n" for name, number in counts.items())
    part = ""
    if wanted.since:
        sums = ", ".join(name for name, of in whole.WHOLE.items() if of.since is None)
        days = "".join(f"  {name:<18} {of.since}\n" for name, of in whole.WHOLE.items() if of.since)
        part = (
            f"Only rows of {wanted.since.isoformat()} and later; whole are {sums}. What says of which day a row is:\n\n"
            f"{days}\n"
        )
    texts = (
        "The texts of articles are in it: they belong to their publishers. For private use; do not pass them on.\n"
        if wanted.with_text
        else "The texts of articles are left out: they belong to their publishers, whose addresses are given.\n"
    )
    return f"""\
layoff-monitor, edition of {wanted.day.isoformat()}
Made by layoff-monitor {__version__} from one moment of its store.

{files}
Each is there as NAME.csv and NAME.jsonl (JSON Lines), UTF-8, ordered by its key.
{part}{DICTIONARY} says what each column means, and its unit. An empty cell means "not stated"; nothing is inferred
but jobs_implied. A number is never without its qualifier: read jobs_count together with jobs_qualifier. Dates are
YYYY-MM-DD, times ISO 8601 in UTC. States that depend on the day (followups_view, companies_view) are of this day.
In CSV, text that begins with = + - @, a tab or a carriage return has an apostrophe before it, so that no spreadsheet
takes it for a formula; JSON Lines have it as it is.

{texts}Headlines and quotations belong to those who wrote them, and stand here with their source. The licence of
layoff-monitor is that of the program, not of this data: whoever collected it says how the rest may be used.

Check it with: sha256sum --check {SUMS}
"""


def _write(file: Path, pieces: Sequence[str]) -> None:
    with _flushed(file) as opened:
        opened.writelines(pieces)


@contextmanager
def _flushed(file: Path) -> Iterator[TextIO]:
    """Give a new file for text, which is on disk when the block ends."""
    with file.open("x", encoding="utf-8", newline="") as opened:
        yield opened
        opened.flush()
        os.fsync(opened.fileno())


@contextmanager
def _unfinished(folder: Path) -> Iterator[Path]:
    """Give an empty folder beside the edition's place; what is not moved away is removed."""
    begin, end = _UNFINISHED
    partial = Path(tempfile.mkdtemp(end, begin, folder))
    try:
        for other in folder.glob(f"{begin}*{end}"):
            if other.is_dir() and time.time() - other.stat().st_mtime > _STALE_S:
                shutil.rmtree(other, ignore_errors=True)
        yield partial
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _put(partial: Path, target: Path) -> None:
    """Move a whole edition to its place; an older one there is gone only afterwards."""
    partial.chmod(0o755)
    old = partial.with_name(f"{partial.name}.old")
    if target.exists():
        target.rename(old)
    try:
        partial.rename(target)
    except OSError:
        if old.exists():
            old.rename(target)
        raise
    shutil.rmtree(old, ignore_errors=True)
    descriptor = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
