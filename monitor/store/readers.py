"""Readers beside the writer: a few threads, and read-only connections that are kept for the next question.

A connection that is opened anew reads the whole schema before its first answer, which costs more than most answers.
"""

import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from types import MappingProxyType
from typing import Any, Final, Literal, TypeVar

from sqlite_utils import Database

from monitor.errors import StoreError
from monitor.store.asked import Asked
from monitor.store.connection import connect_read_only, translated

Lane = Literal["any", "polls", "looks"]

# Threads of the store's own, for asyncio's default pool serves name look-ups too. What every poll asks has one to
# itself: several wake each other and wait in turn for the interpreter, which took a quarter of a first poll.
THREADS: Final[Mapping[Lane, int]] = MappingProxyType({"any": 4, "polls": 1, "looks": 1})

T = TypeVar("T")

_Question = tuple[Callable[[Database], Any], Asked[Any]]


class Readers:
    """A few threads that read one store; ended by `close`. Nothing is open before the first question."""

    def __init__(self, path: Path, lane: Lane) -> None:
        self._path = path
        self._names = [f"store-{lane}_{number}" for number in range(THREADS[lane])]
        self._questions: SimpleQueue[_Question | None] = SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._closed = False
        self._closing = threading.Lock()
        self._idle: list[Database] = []  # never more than there are threads

    async def read(self, query: Callable[[Database], T]) -> T:
        """Return what `query` returns, run in a thread, in one snapshot."""
        asked: Asked[T] = Asked()
        with self._closing:
            if self._closed:
                raise StoreError(f"{self._path} is closed; restart the program")
            if not self._threads:
                self._start()
            self._questions.put((query, asked))
        return await asked.answer

    def close(self) -> None:
        """Let the questions under way end, give up those that wait, and close every connection; idempotent."""
        with self._closing:
            self._closed = True
        with suppress(Empty):
            while question := self._questions.get_nowait():
                question[1].cancel()
        for _ in self._threads:
            self._questions.put(None)
        for thread in self._threads:
            thread.join()
        while self._idle:
            self._idle.pop().close()

    def _start(self) -> None:
        """Start the threads; where the machine has room for a part of them, the next question finds that part."""
        for name in self._names:
            thread = threading.Thread(target=self._work, name=name, daemon=True)
            thread.start()
            self._threads.append(thread)

    def _work(self) -> None:
        while question := self._questions.get():
            query, asked = question
            if not asked.set_running_or_notify_cancel():
                continue
            try:
                asked.set_result(self._answer(query))
            except BaseException as error:  # noqa: BLE001  # becomes the answer
                asked.set_exception(error)

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
