"""Readers beside the writer: a few threads, and read-only connections that are kept for the next question.

A connection that is opened anew reads the whole schema before its first answer, which costs more than most answers.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final, TypeVar

from sqlite_utils import Database

from monitor.store.connection import connect_read_only, translated

READERS: Final = 4  # threads; a pool of the store's own, for asyncio's default one serves name look-ups too

T = TypeVar("T")


class Readers:
    """The threads that read one store; ended by `close`. Nothing is open before the first question."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._threads = ThreadPoolExecutor(READERS, thread_name_prefix="store-read")
        self._idle: list[Database] = []  # never more than there are threads

    async def read(self, query: Callable[[Database], T]) -> T:
        """Return what `query` returns, run in a thread, in one snapshot."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._answer, query)

    def close(self) -> None:
        """Let the questions under way end, give up those that wait, and close every connection; idempotent."""
        self._threads.shutdown(wait=True, cancel_futures=True)
        while self._idle:
            self._idle.pop().close()

    def _answer(self, query: Callable[[Database], T]) -> T:
        with translated(self._path):
            db = self._connection()
            try:
                db.execute("begin")
                answer = query(db)
                db.rollback()  # between two questions no snapshot is held, or the log could not be emptied
            except BaseException:  # whatever it was, this connection is not asked again
                db.close()
                raise
        self._idle.append(db)
        return answer

    def _connection(self) -> Database:
        try:
            return self._idle.pop()
        except IndexError:
            return connect_read_only(self._path)
