"""Verified copies of the store: made beside its owner at any moment, never half of one under a good name.

A copy is one `vacuum into` on a read-only connection: a reader like any other, so the owner goes on writing, and no
second connection ever writes or checkpoints (RELIABILITY.md, findings 8 and 9). The store's own file is only looked at
by `stat`; what is opened, hashed and flushed here is the copy.
"""

import os
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from hashlib import file_digest
from pathlib import Path
from typing import Final

from sqlite_utils import Database

from monitor.errors import MonitorError, StoreError, StoreFullError, UsageError
from monitor.store import audit, seeds
from monitor.store.connection import as_store_error, check_contents, check_there, connect_read_only, copyable
from monitor.store.disk import UNFINISHED
from monitor.store.rows import scalar

_LOOK_S: Final = 1.0  # at the store beforehand; the copy is checked whole
_STEPS_BETWEEN_LOOKS: Final = 100_000  # of SQLite's machine, between two looks whether to stop
_STALE_S: Final = 86_400.0  # age at which what a killed run left unfinished is cleared away
_BESIDE: Final = ("-wal", "-shm", "-journal", ".lock", ".sock")  # ends of the names of what belongs to a store
_OF_THE_STORE: Final = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


@dataclass(frozen=True, slots=True)
class Copy:
    """A copy that was checked, flushed to disk and stands under its name."""

    path: Path
    bytes: int
    articles: int
    entries: int
    seeds: int
    sha256: str


def back_up(
    store: Path, asked: Path, *, now: datetime, replace: bool = False, stopping: Callable[[], bool] = lambda: False
) -> Copy:
    """Return the verified copy of a store that now stands at `asked`; a folder gets one with the date in its name.

    The store may be in use by its owner, and of an older or newer program. An older file at `asked` is replaced only
    if wanted, and only by a whole copy. Raises UsageError for a place that would harm a store, MonitorError for one
    that cannot be written, StoreError for a store that cannot be read or is not sound, and StoppedError once
    `stopping` says so, which is asked often.
    """
    source = store.expanduser().resolve()
    check_there(source)
    try:
        target = place(source, asked, now, replace=replace)
        check_contents(source, limit_s=_LOOK_S)
        with closing(connect_read_only(source)) as db, stoppable(db, stopping):
            copy_verified(db, source, target, partial(_faults_unless, stopping=stopping))
        return described(target)
    except (StoreFullError, OSError) as error:
        why = error.strerror if isinstance(error, OSError) else "its disk is full"
        raise MonitorError(f"{asked} cannot be written ({why}); nothing is left of it, name another place") from error


class StoppedError(MonitorError):
    """The program ends; what was begun is begun anew another time."""


@contextmanager
def stoppable(db: Database, stopping: Callable[[], bool]) -> Iterator[None]:
    """Let what is asked of a connection within the block end in StoppedError soon after `stopping` says so."""
    db.conn.set_progress_handler(stopping, _STEPS_BETWEEN_LOOKS)
    try:
        yield
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_INTERRUPT:
            raise
        raise StoppedError("stopped before the copy was whole; nothing is left of it") from error
    finally:
        db.conn.set_progress_handler(None, 0)


def _faults_unless(copy: Database, stopping: Callable[[], bool]) -> list[str]:
    with stoppable(copy, stopping):
        return faults(copy)


def place(source: Path, asked: Path, now: datetime, *, replace: bool) -> Path:
    """Return where the copy will stand, links followed; raises as `back_up` does, and changes nothing."""
    target = Path(os.path.realpath(asked))
    if target.is_dir():
        target /= f"{source.stem}-{now:%Y%m%dT%H%M%SZ}{source.suffix}"
    if not target.parent.is_dir():
        raise MonitorError(f"there is no folder {target.parent}; make it first, or is its disk not mounted?")
    if is_of(source, target):
        raise UsageError(f"{target} is the store itself or belongs to it; name another file")
    if target.exists() and not target.is_file():
        raise UsageError(f"{target} is no file but a device or a pipe, which a copy would replace; name another file")
    if target.exists() and not replace:
        raise MonitorError(f"{target} exists and is left as it is; name another file, or add --force")
    for log in (target.with_name(f"{target.name}{end}") for end in ("-wal", "-journal")):
        if log.exists() and log.stat().st_size:
            words = f"so {target.name} is or was a store in use, and SQLite would mix it with the copy"
            raise MonitorError(f"{log} lies there, {words}; name another file")
    return target


def is_unfinished(file: Path) -> bool:
    """Return whether a file is named as a copy is until it has been checked; pure."""
    begin, end = UNFINISHED
    return file.name.startswith(begin) and file.name.endswith(end)


def damage(db: Database) -> list[str]:
    """Return what SQLite finds damaged in the file."""
    return [fault.text for fault in audit.integrity(db)]


def faults(db: Database) -> list[str]:
    """Return what is wrong: damage, references to nothing, seeds that are not as they were written."""
    return damage(db) + [fault.text for fault in audit.foreign_keys(db)] + seeds.changed(db)


def copy_verified(
    db: Database,
    source: Path,
    target: Path,
    examine: Callable[[Database], list[str]] = damage,
    finish: Callable[[Path], None] = lambda _: None,
) -> None:
    """Write a compact copy of the store behind `db` to `target`, in the place of any older file.

    Under its name stands only ever a copy in which `examine` found nothing, that `finish` then worked upon, and that
    was flushed to disk; readable for this user alone. Raises StoreError for a store with faults, StoreFullError or
    OSError for a target without room.
    """
    with _unfinished(target) as partial:
        try:
            with copyable(db):
                db.execute("vacuum into ?", [str(partial)])
        except sqlite3.DatabaseError as error:
            code = getattr(error, "sqlite_errorcode", 0) & 0xFF
            ours = as_store_error(source if code in _OF_THE_STORE else target, error)
            if ours is None:
                raise
            raise ours from error
        with closing(connect_read_only(partial)) as copy:
            found = examine(copy)
        if found:
            raise StoreError(f"{source} is not sound ({'; '.join(found)}), so no copy was kept; see `check`")
        finish(partial)
        flush(partial)
        partial.replace(target)
    flush(target.parent)


def is_of(store: Path, target: Path) -> bool:
    """Return whether a file is the store, under whatever name, or one of the files that SQLite and its owner use."""
    family = {store.with_name(f"{store.name}{end}") for end in ("", *_BESIDE)}
    return target in family or (target.exists() and store.exists() and target.samefile(store))


@contextmanager
def _unfinished(target: Path) -> Iterator[Path]:
    """Give an empty file beside the target, under a name that no other run uses; what is not moved away is removed."""
    begin, end = UNFINISHED
    descriptor, name = tempfile.mkstemp(end, begin, target.parent)
    os.close(descriptor)
    partial = Path(name)
    try:
        made_at = partial.stat().st_mtime
        for other in target.parent.glob(f"{begin}*{end}"):
            if made_at - other.stat().st_mtime > _STALE_S:
                other.unlink(missing_ok=True)
        yield partial
    finally:
        partial.unlink(missing_ok=True)


def described(path: Path) -> Copy:
    """Return what a copy holds."""
    with closing(connect_read_only(path)) as db:
        counts = ("select count(*) from articles", "select count(*) from entries", "select sum(is_seed) from articles")
        articles, entries, seed_articles = (int(scalar(db, sql) or 0) for sql in counts)
    with path.open("rb") as file:
        digest = file_digest(file, "sha256").hexdigest()
    return Copy(path, path.stat().st_size, articles, entries, seed_articles, digest)


def flush(place: Path) -> None:
    """Flush a file or folder to disk; never the store itself, see `connection`."""
    descriptor = os.open(place, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
