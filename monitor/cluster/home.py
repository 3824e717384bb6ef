"""The home end: batches out to the workers, their results in, each job ended only after its result is written."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Final, Self

from monitor.clock import steady_s
from monitor.cluster.engine import FETCH, RESULTS, Engine, Fate, Standing, Taken
from monitor.cluster.postgres import Alone, EngineError
from monitor.dispatch import LostError, result_from_json, to_json
from monitor.errors import MonitorError, StoreBusyError
from monitor.fetch import Gate
from monitor.identity import queue_key
from monitor.model import Batch, BatchResult

logger = logging.getLogger("monitor")

AHEAD: Final = 2  # batches out for each place of a worker: one under way, one to go on with; deeper queues are slow
AT_ONCE: Final = 50  # results being written
LEASE_MARGIN_S: Final = 60.0  # before the lease's end a batch is given up, unless a worker is at it
NOTE_S: Final = 60.0  # at most, until what the engine holds is noted again
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
        self._queues: dict[str, str] = {}  # by lease: of the batches that are out, those of an earlier life included
        self._strangers: set[asyncio.Task[None]] = set()  # each leaves the domain of one of those alone
        self._places = 0
        self._noted: tuple[Standing | None, float] = None, 0.0  # and when
        self._displaced = False
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Take the place of the one home and begin to listen; raises StoreBusyError if there is another."""
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(self._engine)
            alone = await stack.enter_async_context(self._engine.alone())
            if not await alone.held():
                raise StoreBusyError("another daemon is home of the cluster at [cluster] url; one database, one home")
            stack.push_async_callback(_ended, self._strangers)
            await self._look(alone)
            for work in (self._listen(), self._tend(alone)):
                stack.push_async_callback(_ended, [asyncio.create_task(work)])
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop listening and let the place go; raises StoreBusyError if another home had taken it."""
        await self._stack.aclose()
        if self._displaced and kind is None:
            raise StoreBusyError("another daemon has become home of the cluster at [cluster] url")

    def places(self) -> int:
        """Return how many batches may be out at once: so many that no worker waits, and few more."""
        return AHEAD * self._places

    def away(self) -> frozenset[str]:
        """Return the registrable domains that workers are asking."""
        return frozenset(self._queues.values())

    @asynccontextmanager
    async def work(self, batch: Batch) -> AsyncIterator[BatchResult]:
        """Give the result of a batch once a worker has brought it; its job ends when the block does.

        Meanwhile home asks nothing of the domain. Raises LostError if none came in time, or it could not be sent, or
        it had to wait for a batch of an earlier life, which may have brought the same.
        """
        queue = queue_key(batch.items[0].url) if batch.host else ""
        overtaken = bool(queue) and queue in self.away()
        out = self._out[batch.lease] = _Out()
        self._queues[batch.lease] = queue
        try:
            async with self._gate.turn(queue, batch.delay_s) if queue else AsyncExitStack():
                if overtaken:
                    raise LostError("a worker was still asking its host for an earlier life of this home")
                yield await self._brought(batch, queue, out)
            out.written.set_result(None)
        finally:
            del self._out[batch.lease], self._queues[batch.lease]
            out.written.cancel()  # unless it is written: then this does nothing

    async def _brought(self, batch: Batch, queue: str, out: _Out) -> BatchResult:
        try:
            await self._engine.send(FETCH, to_json(batch).decode(), lock=queue or None, name=batch.lease)
        except EngineError as error:  # if it was sent all the same, the next look finds a stranger
            self._places = 0  # until then
            raise LostError(str(error)) from error
        try:
            await asyncio.wait([out.result], timeout=self._wait_s)
            while not out.result.done():  # a worker that is at it still asks the domain, which is not given free
                fate = await self._fate(batch.lease)
                if fate != "running":
                    raise LostError(f"no worker brought a result in time: {fate}", begun=fate == "over")
                await asyncio.wait([out.result], timeout=self._engine.pace.look_s)
            return out.result.result()
        except asyncio.CancelledError:
            with suppress(EngineError):
                await self._engine.withdraw(batch.lease)
            raise

    async def _fate(self, lease: str) -> Fate:
        """Return what became of a batch; while nobody can say, its worker stops asking before it is taken for dead."""
        try:
            return await self._engine.withdraw(lease)
        except EngineError as error:
            logger.warning("engine.failed", extra={"error": str(error)})
            await asyncio.sleep(self._engine.pace.stale_s)
            return "over"

    async def _leave_alone(self, lease: str, queue: str) -> None:
        """Ask nothing of a domain as long as a worker is at a batch that an earlier life of this home sent out."""
        try:
            async with self._gate.turn(queue, 0.0) if queue else AsyncExitStack():
                while await self._fate(lease) == "running":  # noqa: ASYNC110  # no event tells of its end
                    await asyncio.sleep(self._engine.pace.look_s)
        finally:
            del self._queues[lease]

    async def _arrived(self, taken: Taken) -> None:
        """Have a result written, by who waits for it or, after a restart, as that of a lease that is gone."""
        result = result_from_json(taken.payload.encode())
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
            except Exception:  # whatever it is, without this loop nothing is ever written again
                logger.exception("loop.failed", extra={"loop": "results"})
            await asyncio.sleep(PAUSE_S)

    async def _tend(self, alone: Alone) -> None:
        """See now and then to what only home can: silent workers, the number of places, its own place."""
        while True:
            await asyncio.sleep(self._engine.pace.heartbeat_s)
            try:
                await self._look(alone)
            except MonitorError as error:  # of the engine, or of the store, which takes no note
                self._places = 0
                logger.warning("engine.failed", extra={"error": str(error)})
            except Exception:
                self._places = 0
                logger.exception("loop.failed", extra={"loop": "cluster"})

    async def _look(self, alone: Alone) -> None:
        if not await alone.held():
            logger.critical("home.lost")
            self._places, self._displaced = 0, True
            self._lost()
            return
        for lease, queue in (await self._engine.out()).items():
            if lease not in self._queues:
                self._queues[lease] = queue
                task = asyncio.create_task(self._leave_alone(lease, queue))
                self._strangers.add(task)
                task.add_done_callback(self._strangers.discard)
        if freed := await self._engine.sweep():
            logger.warning("batches.freed", extra={"batches": freed})
        standing = await self._engine.standing()
        self._places = standing.places
        if standing != self._noted[0] or steady_s() - self._noted[1] >= NOTE_S:
            await self._note(standing)
            self._noted = standing, steady_s()


async def _ended(tasks: Collection[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
