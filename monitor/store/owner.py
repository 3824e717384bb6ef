"""Who owns the store: a kernel lock beside the file, and a note inside it that no deleted lock file can remove.

The lock is freed the moment its process dies, SIGKILL included. Deleting the lock file frees nothing: a second
process then gets a lock on a new file, finds the note of a process that is alive, and is refused; the first one
notices that its lock file is gone and stops writing.
"""

import os
import socket
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec
from filelock import FileLock, Timeout
from sqlite_utils import Database

from monitor.clock import steady_s, to_text
from monitor.errors import StoreBusyError, StoreError
from monitor.store.connection import connect_read_only

_NOTE: Final = "owner"  # key in meta
_START_FIELD: Final = (
    19  # of /proc/PID/stat after the command name: start in clock ticks since boot (proc(5), field 22)
)


@dataclass(frozen=True, slots=True)
class Process:
    """A process and the file it owns, as the note in the store names it."""

    host: str
    pid: int
    boot: str  # id of the machine's present boot, "" where there is none
    ticks: str  # start of the process within that boot, so that a pid used again is not taken for it
    file: str  # device and inode: a copy of the store is not owned by the owner of the original
    started_at: str  # it took the store, by the clock
    started_s: float = 0.0  # the same by one that cannot be set; 0: not noted
    lock: str = ""  # device and inode of the lock file it holds; "": not noted


class OwnerLock:
    """The right to write one store, held from `take` until `release` or the end of the process."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock_path = lock_path(path)
        self._lock = FileLock(self._lock_path, timeout=0, thread_local=False)
        self._identity: tuple[int, int] | None = None

    def take(self) -> None:
        """Take the lock, or raise StoreBusyError naming the process that has it."""
        try:
            self._lock.acquire(timeout=0)
        except Timeout as error:
            if not self._lock_path.exists():
                raise StoreError(f"{self._lock_path} cannot be made; name another place with --db") from error
            raise _busy(self._path, note(self._path)) from error
        except OSError as error:
            raise StoreError(f"{self._lock_path} cannot be made: {error.strerror}; is its folder writable?") from error
        self._identity = _identity(self._lock_path)
        other = note(self._path)  # of who held this very lock nothing is left but what a full disk kept in the store
        if other is not None and other.lock != _file(self._lock_path) and alive(other, self._path):
            self.release()
            raise _busy(self._path, other)

    def still_owner(self) -> bool:
        """Return whether the locked file is still the one that others would have to lock."""
        return self._identity is not None and _identity(self._lock_path) == self._identity

    def release(self) -> None:
        """Free the lock; the lock file stays, for removing it would let two processes lock two files."""
        self._identity = None
        self._lock.release()


def lock_path(path: Path) -> Path:
    """Return where a store's lock file is: beside it."""
    return path.with_name(f"{path.name}.lock")


def note(path: Path) -> Process | None:
    """Return the owner noted in the store, or None if there is none to be read."""
    if not path.exists():
        return None
    try:
        with closing(connect_read_only(path)) as db:
            row = db.execute("select value from meta where key = ?", [_NOTE]).fetchone()
        return msgspec.json.decode(row[0], type=Process) if row else None
    except Exception:  # noqa: BLE001  # the store may be new, foreign or damaged: that is judged elsewhere
        return None


def sign(db: Database, path: Path, now: datetime) -> None:
    """Note this process as the owner."""
    text = msgspec.json.encode(_this_process(path, now)).decode()
    db.execute("insert or replace into meta (key, value) values (?, ?)", [_NOTE, text])


def unsign(db: Database) -> None:
    """Remove the note."""
    db.execute("delete from meta where key = ?", [_NOTE])


def _this_process(path: Path, now: datetime) -> Process:
    pid = os.getpid()
    lock = _file(lock_path(path))
    return Process(socket.gethostname(), pid, _boot(), _ticks(pid), _file(path), to_text(now), steady_s(), lock)


def alive(process: Process, path: Path) -> bool:
    """Return whether the noted process runs on this machine and owns this very file.

    Of another machine or container only the kernel's lock can tell, and that one is ours by now.
    """
    if process.file != _file(path) or process.boot != _boot():
        return False
    try:
        os.kill(process.pid, 0)
    except ProcessLookupError:
        return False
    except OSError:  # it is there and not ours to signal
        pass
    return process.ticks == _ticks(process.pid)


def _busy(path: Path, process: Process | None) -> StoreBusyError:
    who = (
        f"process {process.pid} on {process.host}, since {process.started_at}"
        if process
        else "another process that has not signed yet"
    )
    return StoreBusyError(f"{path} is owned by {who}; end it first, or name another store with --db")


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _file(path: Path) -> str:
    identity = _identity(path)
    return f"{identity[0]}:{identity[1]}" if identity else ""


def _boot() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return ""


def _ticks(pid: int) -> str:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:
        return ""
    return "ended" if fields[0] in {"Z", "X"} else fields[_START_FIELD]
