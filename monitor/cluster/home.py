"""The home end: batches out to the workers, their results in, each job ended only after its result is written."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Final, Self

from monitor.cluster.engine import FETCH, RESULTS, Alone, Engine, EngineError, Standing
from monitor.dispatch import LostError, result_from_json, to_json
from monitor.errors import StoreBusyError
from monitor.fetch import Gate
from monitor.identity import queue_key
from monitor.model import Batch, BatchResult

logger = logging.getLogger("monitor")

AHEAD: Final = 2  # batches out for each place of a worker: one under way, one to go on with; deeper queues are slow
AT_ONCE: Final = 50  # results being written
LEASE_MARGIN_S: Final = 60.0  # before the lease's end a batch is given up, so that nobody else has taken it back yet
PAUSE_S: Final = 2.0  # after a failure of the engine
GRACE_S: Final = 5.0

Record = Callable[[BatchResult], Awaitable[None]]
Note = Callable[[Standing], Awaitable[None]]


@dataclass(slots=True)
class _Out:
    """A batch that is out: what came back, and whether that is written."""

    result: asyncio.Future[BatchResult] = field(default_factory=asyncio.Future)
    written: asyncio.Future[None] = field(default_factory=asyncio.Future)


class Home:
    """Workers elsewhere, as `dispatch.Workers`; an asynchronous context manager.

    `record` writes a result that nobody here waits for, after a restart; `note` keeps what the engine holds; `lost` is
    called when another home has taken this one's place.
    """

    def __init__(
        self, engine: Engine, gate: Gate, *, lease_s: float, record: Record, note: Note, lost: Callable[[], None]
    ) -> None:
        self._engine = engine
        self._gate = gate
        self._wait_s = lease_s - LEASE_MARGIN_S
        self._record = record
        self._note = note
        self._lost = lost
        self._out: dict[str, _Out] = {}
        self._queues: dict[str, str] = {}  # by lease
        self._places = 0
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Take the place of the one home and begin to listen; raises StoreBusyError if there is another."""
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(self._engine)
            alone = await stack.enter_async_context(self._engine.alone())
            if not await alone.held():
                raise StoreBusyError("another daemon is home of the cluster at [cluster] url; one database, one home")
            await self._engine.recall_all()  # of an earlier life: their leases are gone
            await self._look(alone)
            for work in (self._listen(), self._tend(alone)):
                task = asyncio.create_task(work)
                stack.push_async_callback(_ended, task)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop listening and let the place go."""
        await self._stack.aclose()

    def places(self) -> int:
        """Return how many batches may be out at once: so many that no worker waits, and few more."""
        return AHEAD * self._places

    def away(self) -> frozenset[str]:
        """Return the registrable domains that workers are asking."""
        return frozenset(self._queues.values())

    @asynccontextmanager
    async def work(self, batch: Batch) -> AsyncIterator[BatchResult]:
        """Give the result of a batch once a worker has brought it; its job ends when the block does.

        Meanwhile home asks nothing of the domain. Raises LostError if none came in time, or it could not be sent.
        """
        queue = queue_key(batch.items[0].url) if batch.host else ""
        out = self._out[batch.lease] = _Out()
        self._queues[batch.lease] = queue
        try:
            async with self._gate.turn(queue, batch.delay_s) if queue else AsyncExitStack():
                yield await self._brought(batch, queue, out)
            out.written.set_result(None)
        finally:
            del self._out[batch.lease], self._queues[batch.lease]
            out.written.cancel()  # unless it is written: then this does nothing

    async def _brought(self, batch: Batch, queue: str, out: _Out) -> BatchResult:
        try:
            job = await self._engine.send(FETCH, to_json(batch).decode(), lock=queue or None)
        except EngineError as error:
            self._places = 0  # until the next look finds it again
            raise LostError(str(error)) from error
        try:
            async with asyncio.timeout(self._wait_s):
                return await out.result
        except TimeoutError as error:
            raise LostError("no worker brought a result in time") from error
        finally:
            if not out.result.done() or out.result.cancelled():
                with suppress(EngineError):
                    await self._engine.recall(job)

    async def _arrived(self, payload: str) -> None:
        """Have a result written, by who waits for it or, after a restart, as that of a lease that is gone."""
        result = result_from_json(payload.encode())
        out = self._out.get(result.lease)
        if out is None or out.result.done():
            logger.info("batch.late", extra={"host": result.host})
            await self._record(result)
            return
        out.result.set_result(result)
        await asyncio.wait([out.written])
        if out.written.cancelled():  # it could not be written; the engine brings it once more
            raise EngineError("the result was not written")

    async def _listen(self) -> None:
        while True:
            try:
                await self._engine.take(RESULTS, self._arrived, places=AT_ONCE, grace_s=GRACE_S)
            except EngineError as error:
                logger.warning("engine.failed", extra={"error": str(error)})
            await asyncio.sleep(PAUSE_S)

    async def _tend(self, alone: Alone) -> None:
        """See now and then to what only home can: silent workers, the number of places, its own place."""
        while True:
            await asyncio.sleep(self._engine.pace.heartbeat_s)
            try:
                await self._look(alone)
            except EngineError as error:
                self._places = 0
                logger.warning("engine.failed", extra={"error": str(error)})

    async def _look(self, alone: Alone) -> None:
        if not await alone.held():
            logger.critical("home.lost")
            self._lost()
        if freed := await self._engine.sweep():
            logger.warning("batches.freed", extra={"batches": freed})
        standing = await self._engine.standing()
        self._places = standing.places
        await self._note(standing)


async def _ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
