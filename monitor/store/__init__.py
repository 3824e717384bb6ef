"""The store: one SQLite file, one writer thread, readers beside it. Open, migrate, read, write.

Everything that is stored passes through the functions of this package, called inside the units given to
`Store.write` and `Store.read`: `feeds`, `entries`, `articles`, `companies`, `events`, `alerts`, `seeds`, `audit`.
"""

import asyncio
import logging
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self, TypeVar

from sqlite_utils import Database

from monitor.clock import Clock, to_text
from monitor.errors import StoreError
from monitor.store import connection, disk, migrations
from monitor.store.owner import OwnerLock, lock_path, sign, unsign
from monitor.store.readers import THREADS, Lane, Readers
from monitor.store.writer import Writer

if TYPE_CHECKING:
    from concurrent.futures import Future

__all__ = ["Database", "Store"]

CHECK_OWNED_S: Final = 30.0  # RELIABILITY.md S7
CHECK_READ_ONLY_S: Final = 1.0

T = TypeVar("T")

logger = logging.getLogger("monitor")


class Store:
    """An open store. Built by `Store.open`, ended by `close` (or as a context manager)."""

    def __init__(self, path: Path, lock: OwnerLock | None, writer: Writer | None) -> None:
        self.path = path
        self._lock = lock
        self._writer = writer
        self._readers: dict[Lane, Readers] = {lane: Readers(path, lane) for lane in THREADS}

    @classmethod
    def open(cls, path: Path | str, *, clock: Clock, read_only: bool = False, writer: bool = True) -> Self:
        """Return the store at `path`, made or upgraded if need be; what cannot be used is refused untouched.

        `read_only` takes no lock and upgrades nothing: for looking at a store while its owner works. With
        `writer=False` the store is owned and upgraded, but refuses `write`. A process opens a store as owner at
        most once at a time. Raises StoreError with the remedy, StoreBusyError if another process owns it.
        """
        place = Path(path).expanduser().resolve()
        if read_only:
            _check_readable(place)
            return cls(place, None, None)
        doubt = disk.check_local(place)
        connection.check_writable(place)
        if not lock_path(place).exists():
            connection.state_on_disk(place)  # refused before even a lock file is laid beside it
        lock = OwnerLock(place)
        lock.take()
        if doubt is not None:
            logger.warning("store.disk_doubtful", extra={"path": str(place), "why": f"it {doubt}"})
        try:
            return cls(place, lock, _owned(place, lock, clock, writer=writer))
        except BaseException:
            lock.release()
            raise

    def submit(self, unit: Callable[[Database], T]) -> "Future[T]":
        """Return the future of what `unit` returns; it resolves after the commit. For callers without a loop."""
        return self._the_writer().submit(unit)

    async def write(self, unit: Callable[[Database], T]) -> T:
        """Return what `unit` returns, once all it changed is committed and flushed; it changes all or nothing.

        Cancelling the caller does not undo a unit that has begun. `unit` runs in the writer thread and may be run
        again from the start, so it must change nothing but the database.
        """
        return await self._the_writer().write(unit)

    async def read(self, query: Callable[[Database], T], lane: Lane = "any") -> T:
        """Return what `query` returns, run in a thread of this lane on a read-only connection, in one snapshot."""
        return await self._readers[lane].read(query)

    def read_now(self, query: Callable[[Database], T]) -> T:
        """Return what `query` returns, as `read` does, in the calling thread and on a connection of its own."""
        with connection.translated(self.path), closing(connection.connect_read_only(self.path)) as db:
            db.execute("begin")
            return query(db)

    def _the_writer(self) -> Writer:
        if self._writer is None:
            raise StoreError(f"{self.path} is open for reading only")
        return self._writer

    def still_owner(self) -> bool:
        """Return whether this process may write; False once the lock file was removed or replaced."""
        return self._writer is not None and self._lock is not None and self._lock.still_owner()

    def close(self) -> None:
        """Commit what waits, empty the write-ahead log and free the store; idempotent."""
        for readers in self._readers.values():
            readers.close()
        owned = self.still_owner()
        if self._writer is not None:
            self._writer.close(unsign if owned else _leave)
        if self._lock is not None:
            self._lock.release()

    async def __aenter__(self) -> Self:
        """Return the store itself."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the store in a thread, so that the loop can go on resolving what waits."""
        await asyncio.to_thread(self.close)

    def __enter__(self) -> Self:
        """Return the store itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the store."""
        self.close()


def _owned(path: Path, lock: OwnerLock, clock: Clock, *, writer: bool) -> Writer | None:
    """Check, make or upgrade the store under its lock, and return its running writer if one is wanted."""
    if connection.state_on_disk(path) == "ours":
        connection.finish_birth(path)
    if connection.state_on_disk(path) == "ours":
        migrations.check_not_newer(path)
        connection.check_contents(path, limit_s=CHECK_OWNED_S)
    db = connection.connect(path)
    try:
        with connection.translated(path):
            migrations.migrate(db, path)
            now = clock()
            db.execute("insert or ignore into meta (key, value) values ('created_at', ?)", [to_text(now)])
            if not writer:
                db.close()
                return None
            sign(db, path, now)
        thread = Writer(path, lock.still_owner)
        thread.start(db)
    except BaseException:
        db.close()
        raise
    return thread


def _check_readable(path: Path) -> None:
    connection.check_there(path)
    connection.check_contents(path, limit_s=CHECK_READ_ONLY_S)
    migrations.check_not_newer(path)
    migrations.check_current(path)


def _leave(_db: Database) -> None:
    """Change nothing: the store belongs to somebody else by now."""
