"""The one writer: a thread that owns the only read-write connection and commits units of work in groups.

A unit is a function of the database that changes nothing else; it is all or nothing, and its result is given out
only after the commit. Units that wait together share one commit, each in a savepoint of its own.
"""

import logging
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import monotonic
from typing import Any, Final, TypeVar

from sqlite_utils import Database

from monitor.errors import StoreBusyError, StoreError
from monitor.store.asked import Asked
from monitor.store.connection import WAL_LIMIT_BYTES, as_store_error, checkpoint, connect
from monitor.store.disk import LARGE_LOG, log_bytes, present_readers

GROUP: Final = 200  # units that share a commit at most
CHECKPOINT_EVERY_S: Final = 60.0

T = TypeVar("T")
Unit = Callable[[Database], T]

logger = logging.getLogger("monitor")


@dataclass(slots=True)
class _Job:
    unit: Callable[[Database], Any]
    future: "Future[Any] | Asked[Any]"


class _GroupLostError(Exception):
    """SQLite rolled the whole transaction back (disk full, I/O error): nothing of the group is left."""


class Writer:
    """The writer thread of one open store. `still_owner` is asked before every group."""

    def __init__(self, path: Path, still_owner: Callable[[], bool]) -> None:
        self._path = path
        self._still_owner = still_owner
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._db: Database | None = None
        self._in_hand: list[_Job] = []
        self._failed: BaseException | None = None
        self._closed = False
        self._closing = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="store-writer", daemon=True)

    def start(self, db: Database) -> None:
        """Begin to work with this connection, which from now on only the thread uses."""
        self._db = db
        self._thread.start()

    def submit(self, unit: Unit[T]) -> "Future[T]":
        """Return the future of a unit's result; it resolves after the commit.

        A unit that raises is undone alone, and its future gets the exception. A unit may be run a second time
        from the start when SQLite threw away the first run. Callers that wait for their future bound the queue.
        """
        future: Future[T] = Future()
        self._put(_Job(unit, future))
        return future

    async def write(self, unit: Unit[T]) -> T:
        """Return a unit's result, after the commit, to a coroutine; else as `submit`."""
        asked: Asked[T] = Asked()
        self._put(_Job(unit, asked))
        return await asked.answer

    def close(self, at_the_end: Callable[[Database], None]) -> None:
        """Commit what waits, run `at_the_end` outside any transaction, empty the log, end the thread; idempotent."""
        with self._closing:
            first, self._closed = not self._closed, True
            if first:
                self._jobs.put(None)
        self._thread.join()
        if not first or self._db is None:
            return
        db, self._db = self._db, None
        try:
            db.rollback()  # of a writer that died in the middle; nothing was promised
            at_the_end(db)
            checkpoint(db, "truncate")
        except Exception as error:  # noqa: BLE001  # all is committed; the log is replayed at the next start
            logger.warning("store.close_failed", extra={"path": str(self._path), "error": str(error)})
        finally:
            db.close()

    def _put(self, job: _Job) -> None:
        with self._closing:
            if self._closed or self._failed is not None:
                raise StoreError(f"{self._path} is closed for writing; restart the program") from self._failed
            self._jobs.put(job)

    def _run(self) -> None:
        try:
            self._work()
        except BaseException as error:  # a dead writer must say so to everybody who waits for it
            logger.exception("store.writer_died", extra={"path": str(self._path)})
            self._fail_all(error)

    def _work(self) -> None:
        next_checkpoint = monotonic() + CHECKPOINT_EVERY_S
        while True:
            with suppress(queue.Empty):
                job = self._jobs.get(timeout=max(0.0, next_checkpoint - monotonic()))
                self._in_hand, more = self._collect(job)
                self._serve(self._in_hand)
                if not more:
                    return
            if monotonic() >= next_checkpoint:
                self._tidy()
                next_checkpoint = monotonic() + CHECKPOINT_EVERY_S

    def _collect(self, first: _Job | None) -> tuple[list[_Job], bool]:
        """Return the units that share the next commit, and whether more may come after them."""
        group: list[_Job] = []
        job = first
        while job is not None:
            if job.future.set_running_or_notify_cancel():
                group.append(job)
            if len(group) == GROUP:
                return group, True
            try:
                job = self._jobs.get_nowait()
            except queue.Empty:
                return group, True
        return group, False

    def _serve(self, group: list[_Job]) -> None:
        """Resolve every future of the group, whatever happens."""
        if not group:
            return
        try:
            self._check_owned()
            endings = self._transaction(group)
        except _GroupLostError as error:
            if len(group) > 1:
                for job in group:
                    self._serve([job])
                return
            endings = [partial(group[0].future.set_exception, self._ours(error.__cause__ or error))]
        except Exception as error:  # noqa: BLE001  # becomes the answer to every unit of the group
            ours = self._ours(error)
            endings = [partial(job.future.set_exception, ours) for job in group]
        for end in endings:
            end()

    def _check_owned(self) -> None:
        if not self._still_owner():
            raise StoreBusyError(
                f"the lock file of {self._path} was removed or replaced, so another program may write it now; "
                "this one has stopped writing: restart it"
            )

    def _transaction(self, group: list[_Job]) -> list[Callable[[], None]]:
        """Run the units in one transaction, commit it, and return how each future is to be resolved."""
        db = self._connection()
        try:
            db.execute("begin immediate")
            endings = [self._savepoint(db, job) for job in group]
            db.execute("commit")
        except BaseException as error:
            self._discard(error)
            raise
        return endings

    def _savepoint(self, db: Database, job: _Job) -> Callable[[], None]:
        db.execute("savepoint unit")
        try:
            result = job.unit(db)
            db.execute("release unit")  # fails if the unit ended the transaction it was run in
        except BaseException as error:  # becomes the answer to this unit
            if not db.conn.in_transaction:
                raise _GroupLostError from error
            db.execute("rollback to unit")
            db.execute("release unit")
            return partial(job.future.set_exception, self._ours(error))
        return partial(job.future.set_result, result)

    def _connection(self) -> Database:
        if self._db is None:
            self._db = connect(self._path)
            logger.info("store.reopened", extra={"path": str(self._path)})
        return self._db

    def _discard(self, error: BaseException) -> None:
        """Leave no transaction open; after anything but a lock the connection is not to be trusted any more."""
        db, self._db = self._db, None
        if db is None:
            return
        with suppress(Exception):  # SQLite may have rolled back already
            db.rollback()
        if isinstance(self._ours(error), StoreBusyError):
            self._db = db
            return
        with suppress(Exception):
            db.close()

    def _tidy(self) -> None:
        """Move the log into the file, and cut the log if readers have let it grow."""
        log = self._path.with_name(f"{self._path.name}-wal")
        try:
            size = log_bytes(self._path)
            if self._db is None or not size or not self._still_owner():
                return
            whole = checkpoint(self._db, "truncate" if size > WAL_LIMIT_BYTES else "passive")
        except Exception as error:  # noqa: BLE001  # tried again in a minute; writes report their own errors
            logger.warning("store.checkpoint_failed", extra={"path": str(self._path), "error": str(error)})
            self._discard(error)
            return
        logger.debug("store.checkpointed", extra={"path": str(log), "bytes": size, "whole": whole})
        if size > LARGE_LOG:
            extra = {"path": str(log), "bytes": size, "readers": present_readers(self._path)}
            logger.warning("store.log_large", extra=extra)

    def _ours(self, error: BaseException) -> BaseException:
        ours = as_store_error(self._path, error)
        if ours is None:
            return error
        ours.__cause__ = error
        return ours

    def _fail_all(self, error: BaseException) -> None:
        with self._closing:
            self._failed = error
        died = StoreError(f"the writer of {self._path} has died ({error!r}); restart the program")
        died.__cause__ = error
        for job in self._in_hand:
            if not job.future.done():
                job.future.set_exception(died)
        while True:
            try:
                waiting = self._jobs.get_nowait()
            except queue.Empty:
                return
            if waiting is not None and waiting.future.set_running_or_notify_cancel():
                waiting.future.set_exception(died)
