"""Connections to the SQLite file: how one is opened, what is refused, how its errors become ours.

The only place with PRAGMAs. `check_header` reads the file itself and therefore runs only before this process has
a connection to it: closing any descriptor of the file drops the locks SQLite holds on it (RELIABILITY.md, finding 9).
"""

import logging
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from glob import escape
from pathlib import Path
from stat import S_ISDIR, S_ISREG
from time import monotonic
from typing import Final, Literal

from sqlite_utils import Database

from monitor.errors import StoreBusyError, StoreDamagedError, StoreError, StoreFullError
from monitor.store.disk import takes_no_more

APPLICATION_ID: Final = 0x4C4D4F4E  # "LMON", at byte 68 of the file
BUSY_TIMEOUT_MS: Final = 5000
WAL_LIMIT_BYTES: Final = 64 * 2**20
_MAGIC: Final = b"SQLite format 3\x00"
_HEADER_BYTES: Final = 100
_STEPS_BETWEEN_LOOKS: Final = 20_000  # of SQLite's machine, between two looks at the deadline
_WRITING: Final = frozenset(  # what fails where a quota is used up (sqlite.org/rescode.html)
    {
        sqlite3.SQLITE_IOERR_WRITE,
        sqlite3.SQLITE_IOERR_FSYNC,
        sqlite3.SQLITE_IOERR_TRUNCATE,
        sqlite3.SQLITE_IOERR_SHMSIZE,
    }
)

logger = logging.getLogger("monitor")

State = Literal["new", "ours"]


def state_on_disk(path: Path) -> State:
    """Return whether the file is new (absent or empty) or ours by its header; raises StoreError for anything else.

    Opens the file: only to be called while this process has no connection to it.
    """
    if path.is_dir():
        raise StoreError(f"{path} is a folder, not a store; name a file in it, for example {path / 'monitor.db'}")
    try:
        with path.open("rb") as file:
            header = file.read(_HEADER_BYTES)
    except FileNotFoundError:
        header = b""
    except OSError as error:
        raise StoreError(f"{path} cannot be read: {error.strerror}; make it readable for this user") from error
    if not header:
        _refuse_orphaned_log(path)
        return "new"
    if not header.startswith(_MAGIC) or len(header) < _HEADER_BYTES:
        raise StoreDamagedError(f"{path} is not a SQLite database; name another file, or restore a backup in its place")
    _refuse_foreign(path, int.from_bytes(header[68:72], "big"))
    return "ours"


def check_writable(path: Path) -> None:
    """Return if this user may write the file and its folder; raises StoreError naming what is not writable."""
    folder = path.parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"the folder {folder} cannot be made: {error.strerror}; name another with --db") from error
    for place, rights in ((folder, os.W_OK | os.X_OK), (path, os.W_OK)):
        if place.exists() and not _allowed(place, rights):
            raise StoreError(
                f"{place} is not writable for this user; change its permissions (SQLite writes its log beside "
                "the store), or name another place with --db"
            )


def connect(path: Path) -> Database:
    """Return the one read-write connection, in WAL mode with every commit flushed to disk.

    A file that does not exist is made and marked as ours before anything else is written to it.
    """
    with translated(path):
        raw = sqlite3.connect(path.as_uri(), uri=True, isolation_level=None, check_same_thread=False)
        try:
            raw.execute(f"pragma busy_timeout = {BUSY_TIMEOUT_MS}")
            raw.execute("pragma synchronous = full")
            if _pragma(raw, "application_id") == 0:
                raw.execute(f"pragma application_id = {APPLICATION_ID}")
            raw.execute("pragma journal_mode = wal")
            raw.execute(f"pragma journal_size_limit = {WAL_LIMIT_BYTES}")
            raw.execute("pragma foreign_keys = on")
            return Database(raw, execute_plugins=False)
        except BaseException:
            raw.close()
            raise


def connect_read_only(path: Path) -> Database:
    """Return a read-only connection; short-lived, for one query or check."""
    with translated(path):
        raw = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, isolation_level=None, check_same_thread=False)
        try:
            raw.execute(f"pragma busy_timeout = {BUSY_TIMEOUT_MS}")
            raw.execute("pragma query_only = on")
            return Database(raw, recursive_triggers=False, execute_plugins=False)
        except BaseException:
            raw.close()
            raise


def connect_copy(path: Path) -> Database:
    """Return a read-write connection to a copy that nobody else uses, in which what is deleted is overwritten."""
    with translated(path):
        raw = sqlite3.connect(f"{path.as_uri()}?mode=rw", uri=True, isolation_level=None)
        try:
            raw.execute("pragma journal_mode = off")  # a copy that is not finished is thrown away
            raw.execute("pragma secure_delete = on")
            return Database(raw, recursive_triggers=False, execute_plugins=False)
        except BaseException:
            raw.close()
            raise


def finish_birth(path: Path) -> None:
    """Let SQLite roll back the making of a store that was killed in the middle; anything else stays as it is."""
    if path.with_name(f"{path.name}-journal").exists():
        connect(path).close()


def check_there(path: Path) -> None:
    """Return if there is a file that can be a store; raises StoreError. Does not open it."""
    try:
        status = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        status = None
    except OSError as error:
        why = f"{path} cannot be looked at: {error.strerror}; let this user into its folder"
        raise StoreError(why) from error
    if status is not None and S_ISDIR(status.st_mode):
        raise StoreError(f"{path} is a folder, not a store; name a file in it, for example {path / 'monitor.db'}")
    if status is None or not S_ISREG(status.st_mode) or not status.st_size:
        _refuse_orphaned_log(path)
        raise StoreError(f"there is no store at {path}; `layoff-monitor run` makes one, --config or --db names another")


def check_contents(path: Path, *, limit_s: float, monotonic: Callable[[], float] = monotonic) -> None:
    """Return if SQLite finds the file ours and sound, as far as it gets in `limit_s` seconds; raises StoreError.

    Nothing is written to the file. What the limit cuts off is left to the `check` command.
    """
    with translated(path), closing(connect_read_only(path)) as db:
        _refuse_foreign(path, int(_pragma(db.conn, "application_id")))
        ends_at = monotonic() + limit_s
        db.conn.set_progress_handler(lambda: monotonic() > ends_at, _STEPS_BETWEEN_LOOKS)
        try:
            found = [str(row[0]) for row in db.execute("pragma quick_check(3)")]
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_INTERRUPT:
                raise
            logger.info("store.check_unfinished", extra={"path": str(path), "limit_s": limit_s})
            return
        finally:
            db.conn.set_progress_handler(None, 0)
        found = [text for text in found if text != "ok"] or search_faults(db)
    if found:
        raise damaged(path, "; ".join(found))


def search_faults(db: Database) -> list[str]:
    """Return why the full-text index cannot be opened, which SQLite's own checks do not try."""
    if db.execute("select 1 from sqlite_master where name = 'articles_fts'").fetchone() is None:
        return []
    try:
        db.execute("select rowid from articles_fts limit 1").fetchone()
    except sqlite3.OperationalError as error:
        return [f"its full-text index: {error}"]
    return []


def checkpoint(db: Database, mode: Literal["passive", "truncate"], *, patience_ms: int = 250) -> bool:
    """Return whether the write-ahead log was moved into the file completely.

    Truncating waits up to `patience_ms` for readers; the writer cannot wait longer.
    """
    db.conn.execute(f"pragma busy_timeout = {patience_ms}")
    try:
        busy, logged, moved = db.conn.execute(f"pragma wal_checkpoint({mode})").fetchone()
    finally:
        db.conn.execute(f"pragma busy_timeout = {BUSY_TIMEOUT_MS}")
    return not busy and bool(logged == moved)


@contextmanager
def unenforced_keys(db: Database) -> Iterator[None]:
    """Leave foreign keys unenforced within the block, as migrations that rebuild tables need it."""
    db.conn.execute("pragma foreign_keys = off")
    try:
        yield
    finally:
        db.conn.execute("pragma foreign_keys = on")


@contextmanager
def copyable(db: Database) -> Iterator[None]:
    """Let a read-only connection `vacuum into` another file within the block; its own stays out of its reach.

    `query_only` forbids that, too (measured, SQLite 3.40.1); what protects the file is `mode=ro`.
    """
    before = _pragma(db.conn, "query_only")
    db.conn.execute("pragma query_only = off")
    try:
        yield
    finally:
        db.conn.execute(f"pragma query_only = {before}")


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn SQLite's errors that an operator can do something about into ours; leave bugs as they are."""
    try:
        yield
    except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
        ours = as_store_error(path, error)
        if ours is None:
            raise
        raise ours from error


def as_store_error(path: Path, error: BaseException) -> StoreError | None:
    """Return our error for one of SQLite's, or None if it is a bug of ours (a wrong statement, a broken constraint)."""
    if isinstance(error, UnicodeDecodeError) or str(error).startswith("Could not decode to UTF-8"):
        return damaged(path, "a text in it is no text")  # what we write is; Python says so, for SQLite does not look
    if not isinstance(error, sqlite3.DatabaseError):
        return None
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
    match code & 0xFF:  # without the extended part
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            ours: StoreError = StoreBusyError(f"{path} is locked by another program ({error}); try again, or end it")
        case sqlite3.SQLITE_IOERR if code in _WRITING and takes_no_more(path.parent):
            ours = StoreFullError(f"no room to write {path} (a quota, {error}); make room in it, nothing is lost")
        case sqlite3.SQLITE_FULL:
            ours = StoreFullError(f"no room to write {path} ({error}); make room on its disk, nothing is lost")
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            ours = damaged(path, str(error))
        case sqlite3.SQLITE_READONLY:
            ours = StoreError(
                f"{path} cannot be written ({error}); make the file and its folder writable: SQLite writes beside a "
                "store even to read it while no daemon has it"
            )
        case sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_PERM:
            ours = StoreError(
                f"{path} cannot be opened ({error}); are file and folder there and readable? In a folder that is "
                "read-only a store can be read while its daemon runs"
            )
        case sqlite3.SQLITE_IOERR | sqlite3.SQLITE_PROTOCOL | sqlite3.SQLITE_NOLFS:
            ours = StoreError(f"the disk under {path} failed ({error}); see the system's log")
        case _:
            return None
    return ours


def _refuse_foreign(path: Path, application_id: int) -> None:
    if application_id != APPLICATION_ID:
        raise StoreError(
            f"{path} is a SQLite database of another program (application id {application_id:#010x}, "
            f"ours is {APPLICATION_ID:#010x}); name another file with --db"
        )


def _refuse_orphaned_log(path: Path) -> None:
    log = path.with_name(f"{path.name}-wal")
    if any(path.parent.glob(f"{escape(path.name)}.restoring-*")):
        raise StoreDamagedError(f"a restore of {path} was cut off; nothing is lost, run `layoff-monitor restore` again")
    if log.exists() and log.stat().st_size:
        raise StoreDamagedError(
            f"{path} is missing or empty but {log.name} lies beside it, so a store was here; put the file or a "
            "backup back, or move the log away to begin a new store"
        )


def damaged(path: Path, words: str) -> StoreError:
    """Return the error for a store that is not whole any more."""
    return StoreDamagedError(
        f"{path} is damaged ({words}); nothing was changed. `layoff-monitor restore FILE` puts a copy in its place and "
        f"keeps what is there (upgrades leave copies named {path.name}.before-* beside it)"
    )


def _allowed(place: Path, rights: int) -> bool:
    return os.access(place, rights, effective_ids=os.access in os.supports_effective_ids)


def _pragma(raw: sqlite3.Connection, name: str) -> int:
    value = raw.execute(f"pragma {name}").fetchone()[0]
    return int(value)
