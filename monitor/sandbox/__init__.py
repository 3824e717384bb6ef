"""Killable worker processes for untrusted parsing: a document that hangs, crashes or swells loses itself alone.

Between the event loop and the parsers of feeds and pages. Each kind of document has its own processes, so that
one that reads feeds never carries the libraries for pages. Why pebble: docs/decisions/0004.
"""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from time import monotonic
from types import MappingProxyType, TracebackType
from typing import Final, Literal, Self, TypeVar, TypeVarTuple, cast

from monitor.errors import ParseError
from monitor.model import Reason
from monitor.sandbox.child import Answer, Task
from monitor.sandbox.limits import FEED, PAGE, Limits
from monitor.sandbox.slot import SandboxClosedError, Slot, WorkerGoneError, WorkerKilledError, WorkerStuckError

__all__ = ["FEED", "LIMITS", "PAGE", "Kind", "Limits", "Sandbox", "SandboxClosedError"]

Kind = Literal["feed", "page"]
T = TypeVar("T")
Args = TypeVarTuple("Args")

LIMITS: Final[Mapping[Kind, Limits]] = MappingProxyType({"feed": FEED, "page": PAGE})

_TIMED_OUT: Final[Mapping[Kind, Reason]] = MappingProxyType(
    {"feed": Reason.PARSE_TIMEOUT, "page": Reason.EXTRACT_TIMEOUT}
)
_CRASHED: Final[Mapping[Kind, Reason]] = MappingProxyType(
    {"feed": Reason.PARSE_CRASHED, "page": Reason.EXTRACT_CRASHED}
)
_TRIES: Final = 3  # for a task that no process has taken yet
_CLOSE_S: Final = 1.5  # the longest wait for processes that were told to end
_PATIENCE_S: Final = 1.0  # for a process at work before another one is started, which takes as long and 25 MiB
_CALM_S: Final = 5.0  # in which nobody found all at work, before one of several is left idle


class Sandbox:
    """A bounded number of worker processes of each kind, started on first need and ended when idle.

    A second one is started only for a task that has waited for the first in vain, so that where one is enough there is
    one.
    """

    def __init__(self, workers: int, *, idle_s: float = 60.0, limits: Mapping[Kind, Limits] = LIMITS) -> None:
        self._lanes = {kind: _Lane(workers, idle_s, limits[kind]) for kind in limits}

    async def __aenter__(self) -> Self:
        """Give back the sandbox itself; no process starts before the first task."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End all processes, those at work included, within two seconds."""
        leaving = [slot.close() for lane in self._lanes.values() for slot in lane.slots]
        waiting = [asyncio.wrap_future(future) for future in leaving if future is not None]
        with suppress(TimeoutError):
            async with asyncio.timeout(_CLOSE_S):
                await asyncio.gather(*waiting, return_exceptions=True)

    async def run(self, kind: Kind, function: Callable[[*Args], T], *args: *Args) -> T:
        """Return what the module-level `function` returns in a worker process of this kind.

        Arguments and result must be picklable. Waiting for a free process does not count to the limits. A
        `ParseError` or `UsageError` of the function passes through; any other end of it is a `ParseError`
        whose reason says whether it took too long or crashed, in the words of the kind. Cancelling kills the work.
        Raises SandboxClosedError once the sandbox is closed, for tasks still at work as well.
        """
        task = Task(function.__module__, function.__qualname__, args)
        lane = self._lanes[kind]
        try:
            answer = await lane.answer(task)
        except WorkerStuckError as error:
            raise ParseError(_TIMED_OUT[kind], str(error)) from error
        except (WorkerKilledError, WorkerGoneError) as error:
            raise ParseError(_CRASHED[kind], str(error)) from error
        if answer.refusal is not None:
            raise answer.refusal
        if answer.crash is not None:
            raise ParseError(_CRASHED[kind], answer.crash)
        return cast("T", answer.value)

    def processes(self) -> tuple[int, ...]:
        """Return the ids of the worker processes alive now."""
        return tuple(pid for lane in self._lanes.values() for slot in lane.slots for pid in slot.processes())


class _Lane:
    """The processes of one kind and who may use them.

    Of the places for work only one is open at first. Another opens when somebody has been kept waiting, and is shut
    once there have been enough for a while, so that its process goes idle.
    """

    def __init__(self, workers: int, idle_s: float, limits: Limits) -> None:
        self.slots = tuple(Slot(limits) for _ in range(workers))
        self._free = list(self.slots)
        self._turn = asyncio.Semaphore(1)
        self._shut = workers - 1
        self._waiting = 0
        self._short_at = 0.0  # when somebody last found all open places taken
        self._idle_s = idle_s

    async def answer(self, task: Task) -> Answer:
        """Return the answer to one task, from the process used last, so that the others can go idle."""
        await self._enter()
        slot = self._free.pop()
        slot.stay()
        try:
            return await self._try(slot, task)
        finally:
            self._free.append(slot)
            slot.leave_after(self._idle_s)
            self._leave()

    async def _enter(self) -> None:
        """Return with a place: one that was left, or after a while another one."""
        if self._turn.locked():
            self._short_at = monotonic()
        self._waiting += 1
        try:
            try:
                async with asyncio.timeout(_PATIENCE_S):
                    await self._turn.acquire()
            except TimeoutError:
                if self._shut:
                    self._shut -= 1
                else:
                    await self._turn.acquire()
        finally:
            self._waiting -= 1

    def _leave(self) -> None:
        calm = self._waiting == 0 and monotonic() - self._short_at > _CALM_S
        if calm and self._shut < len(self.slots) - 1:
            self._shut += 1
        else:
            self._turn.release()

    @staticmethod
    async def _try(slot: Slot, task: Task) -> Answer:
        """Return the answer of the process, or of a new one where it had died before it took the task."""
        for _ in range(_TRIES - 1):
            with suppress(WorkerGoneError):
                return await slot.run(task)
        return await slot.run(task)
