"""A worker: takes batches, carries them out as home would, sends back what they brought. Opens no store."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from time import monotonic
from typing import Final

from monitor.clock import steady_s
from monitor.cluster.engine import FETCH, Engine, Handler, Taken
from monitor.cluster.postgres import EngineError
from monitor.dispatch import LEASE_S, Tools, batch_from_json, run_batch, to_json
from monitor.model import BatchResult

logger = logging.getLogger("monitor")

GRACE_S: Final = 15.0  # for batches in hand after a stop; they end after the entry they are at
PAUSE_S: Final = 2.0


class Pulse:
    """When PostgreSQL last heard that this worker lives; while that is too long ago, others may have its batches."""

    def __init__(self, stale_s: float, steady: Callable[[], float] = steady_s) -> None:
        self._stale_s = stale_s
        self._steady = steady
        self._heard = steady()
        self.lapses = 0  # how often it was silent too long; a batch begun before one may no longer be this worker's

    def beat(self, since: float) -> None:
        """Note that it heard what was said at `since`, by the steady clock."""
        self.lapses += since - self._heard > self._stale_s / 2
        self._heard = since

    def doubted(self, begun: int) -> bool:
        """Return whether a batch begun after so many lapses may be another's soon: its host is asked no more."""
        return self.lapses != begun or self._silent_s() > self._stale_s / 2

    def gone(self, begun: int) -> bool:
        """Return whether that batch may be another's now: what is under way for it is broken off."""
        return self.lapses != begun or self._silent_s() > self._stale_s * 3 / 4

    def _silent_s(self) -> float:
        return self._steady() - self._heard


async def serve(engine: Engine, tools: Tools, *, name: str, places: int, stop: asyncio.Event) -> None:
    """Work until the stop, then end what is in hand; a PostgreSQL that goes away is waited for.

    A worker that was frozen, or that nobody hears, asks its hosts for nothing more: another may have its batches.
    """
    pulse = Pulse(engine.pace.stale_s)
    async with asyncio.TaskGroup() as group:
        beating = group.create_task(_beat(engine, pulse, name, places))
        working = group.create_task(_take(engine, partial(_work, engine, tools, pulse, stop), places))
        await stop.wait()
        working.cancel()
        await asyncio.wait([working])
        beating.cancel()
    with suppress(EngineError):
        await engine.announce(name, 0)


async def _beat(engine: Engine, pulse: Pulse, name: str, places: int) -> None:
    while True:
        said = steady_s()
        try:
            await engine.announce(name, places)
            pulse.beat(said)
        except EngineError as error:
            logger.warning("engine.failed", extra={"error": str(error)})
        await asyncio.sleep(engine.pace.heartbeat_s)


async def _take(engine: Engine, handler: Handler, places: int) -> None:
    while True:
        try:
            await engine.take(FETCH, handler, places=places, grace_s=GRACE_S)
        except EngineError as error:
            logger.warning("engine.failed", extra={"error": str(error)})
        except Exception:  # whatever it is, without this loop nothing is done, and nobody sees it
            logger.exception("loop.failed", extra={"loop": "batches"})
        await asyncio.sleep(PAUSE_S)


async def _work(engine: Engine, tools: Tools, pulse: Pulse, stop: asyncio.Event, taken: Taken) -> None:
    """Carry out one batch and send its result, which ends the job: dying before costs a repeat, not a loss."""
    batch, begun = batch_from_json(taken.payload.encode()), pulse.lapses
    carried = replace(tools, stopping=lambda: stop.is_set() or pulse.doubted(begun))
    working = asyncio.create_task(run_batch(batch, carried))
    try:
        result = await _unless_gone(working, pulse, begun, engine.pace.look_s)
    finally:
        working.cancel()
        await asyncio.wait([working])
    sent = to_json(result).decode()
    ends_at = monotonic() + batch.deadline_s  # later nobody waits for it
    while (done := await _answered(engine, taken, sent, ends_at)) is None:  # noqa: ASYNC110  # no event tells of its return
        await asyncio.sleep(PAUSE_S)
    logger.info("batch.done" if done else "batch.late", extra={"host": batch.host, "entries": len(result.results)})


async def _unless_gone(working: asyncio.Task[BatchResult], pulse: Pulse, begun: int, look_s: float) -> BatchResult:
    """Return what a batch brought; raises EngineError, and leaves it, once it may be another's who begins it anew."""
    async with asyncio.timeout(LEASE_S):  # as `Here`
        while not working.done():
            await asyncio.wait([working], timeout=look_s)
            if not working.done() and pulse.gone(begun):
                raise EngineError("this worker was silent too long: its batch may be another's")
        return working.result()


async def _answered(engine: Engine, taken: Taken, result: str, ends_at: float) -> bool | None:
    """Return whether a result was taken from this worker, or None if nobody answers; raises EngineError at the last."""
    try:
        return await engine.answer(taken, result)
    except EngineError as error:
        logger.warning("engine.failed", extra={"error": str(error)})
        if monotonic() >= ends_at:
            raise
        return None
