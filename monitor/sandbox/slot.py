"""One place for a worker process: a pebble pool of one, made on need, replaced when it has grown or died.

One pool a process and not one pool of many: pebble shares a pipe and its locks among the workers of a pool, so a
process that is killed at the wrong moment, or dies while idle, can take the pool with it (docs/decisions/0004).
"""

import asyncio
import multiprocessing
import signal
from concurrent.futures import BrokenExecutor, Future
from threading import Thread
from typing import Any, Final

from pebble import ProcessExpired, ProcessPool

from monitor.sandbox.child import Answer, Task, confine, work
from monitor.sandbox.limits import Limits

_OUT_OF_TIME: Final = frozenset({-signal.SIGXCPU, -signal.SIGALRM})

_LOOK_S: Final = 0.5


class WorkerStuckError(Exception):
    """The task took longer than allowed; its process is dead."""


class WorkerKilledError(Exception):
    """The process died of the task."""


class WorkerGoneError(Exception):
    """The process was dead or could not start before it had taken the task."""


class SandboxClosedError(Exception):
    """Nothing runs any more; says nothing about the document."""


class Slot:
    """At most one worker process and the task it works on."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._pool: ProcessPool | None = None
        self._tasks = 0
        self._idle: asyncio.TimerHandle | None = None
        self._closing = asyncio.Event()

    async def run(self, task: Task) -> Answer:
        """Return the answer to one task.

        The kernel enforces the limits in the process; the wait here is only longer by a start, for a process
        that never gets as far as setting them. Pebble's own timeout is not used: it reads the wall clock.
        Raises SandboxClosedError for a task whose process is ended by `close`.
        """
        try:
            answer = await self._answer(task)
        except (asyncio.CancelledError, WorkerStuckError, WorkerGoneError, SandboxClosedError):
            self.retire()
            raise
        except ProcessExpired as error:
            raise _death(error) from error
        except (BrokenExecutor, RuntimeError) as error:  # RuntimeError: pebble's word for a pool that is no more
            self.retire()
            raise WorkerGoneError("the worker process ended before it took the task") from error
        self._recycle(answer)
        return answer

    async def _answer(self, task: Task) -> Answer:
        if self._closing.is_set():
            raise SandboxClosedError("the sandbox is closed")
        pool = self._ready()
        answer: asyncio.Future[Answer] = asyncio.wrap_future(pool.schedule(work, args=(self._limits, task)))
        closing = asyncio.ensure_future(self._closing.wait())
        try:
            await self._settled(pool, answer, closing)
            return answer.result()
        finally:
            closing.cancel()
            answer.cancel()

    async def _settled(self, pool: ProcessPool, answer: asyncio.Future[Answer], closing: asyncio.Future[Any]) -> None:
        """Return when there is an answer; raise when there will be none.

        The pool is looked at now and then: a task scheduled just when an idle process is found dead is neither
        run nor failed by pebble.
        """
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._limits.wall_s + self._limits.start_s
        while loop.time() < deadline:
            await asyncio.wait((answer, closing), timeout=_LOOK_S, return_when=asyncio.FIRST_COMPLETED)
            if answer.done():
                return
            if closing.done():
                raise SandboxClosedError("the sandbox was closed while the task ran")
            if not pool.active:
                raise WorkerGoneError("the worker process ended before it took the task")
        raise WorkerStuckError("no answer from the worker process")

    def processes(self) -> tuple[int, ...]:
        """Return the ids of this slot's processes: none or one, two for a moment after a death."""
        if self._pool is None:
            return ()
        return tuple(self._pool._pool_manager.worker_manager.workers)  # noqa: SLF001  # pebble has no public way

    def stay(self) -> None:
        """Keep the process although it was idle."""
        if self._idle is not None:
            self._idle.cancel()
            self._idle = None

    def leave_after(self, idle_s: float) -> None:
        """End the process unless `stay` is called within this many seconds."""
        self.stay()
        if self._pool is not None:
            self._idle = asyncio.get_running_loop().call_later(idle_s, self.retire)

    def close(self) -> Future[None] | None:
        """End the process for good; a task it works on raises SandboxClosedError. Gives back what `retire` does."""
        self._closing.set()
        return self.retire()

    def retire(self) -> Future[None] | None:
        """End the process without waiting for it; give back when it will have ended, None if there is none."""
        self.stay()
        pool, self._pool, self._tasks = self._pool, None, 0
        if pool is None:
            return None
        gone: Future[None] = Future()
        Thread(target=_end, args=(pool, gone), name="sandbox-end", daemon=True).start()
        return gone

    def _ready(self) -> ProcessPool:
        if self._pool is not None and not self._pool.active:  # its process died while idle
            self.retire()
        if self._pool is None:
            context = multiprocessing.get_context("spawn")  # the daemon has threads: fork is out
            self._pool = ProcessPool(max_workers=1, initializer=confine, initargs=(self._limits,), context=context)
        return self._pool

    def _recycle(self, answer: Answer) -> None:
        self._tasks += 1
        grown = answer.resident_bytes > self._limits.recycle_bytes
        if grown or answer.exhausted or self._tasks >= self._limits.recycle_tasks:
            self.retire()


def _death(error: ProcessExpired) -> WorkerStuckError | WorkerKilledError:
    if error.exitcode in _OUT_OF_TIME:
        return WorkerStuckError(f"killed after its time: {signal.Signals(-error.exitcode).name}")
    return WorkerKilledError(f"the worker process died, exit code {error.exitcode}")


def _end(pool: ProcessPool, gone: Future[None]) -> None:
    """Stop the pool in a thread of its own, because joining it blocks."""
    try:
        pool.stop()  # type: ignore[no-untyped-call]  # pebble leaves this one without types
        pool.join()
    finally:
        gone.set_result(None)
