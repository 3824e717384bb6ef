"""A worker: takes batches, carries them out as home would, sends back what they brought. Opens no store."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from time import monotonic
from typing import Final

from monitor.cluster.engine import FETCH, RESULTS, Engine, EngineError, Handler
from monitor.dispatch import Tools, batch_from_json, run_batch, to_json

logger = logging.getLogger("monitor")

GRACE_S: Final = 15.0  # for batches in hand after a stop; they end after the entry they are at
PAUSE_S: Final = 2.0


class Pulse:
    """When PostgreSQL last heard that this worker lives; while that is too long ago, others may have its batches."""

    def __init__(self, doubted_s: float, steady: Callable[[], float] = monotonic) -> None:
        self._doubted_s = doubted_s
        self._steady = steady
        self._heard = steady()
        self.lapses = 0  # how often it was silent too long; a batch begun before one is no longer this worker's

    def beat(self, since: float) -> None:
        """Note that it heard what was said at `since`, by the steady clock."""
        self.lapses += since - self._heard > self._doubted_s
        self._heard = since

    def doubted(self) -> bool:
        """Return whether home may have given this worker's batches to another: it froze, or cannot be heard."""
        return self._steady() - self._heard > self._doubted_s


async def serve(engine: Engine, tools: Tools, *, name: str, places: int, stop: asyncio.Event) -> None:
    """Work until the stop, then end what is in hand; a PostgreSQL that goes away is waited for.

    A worker that was frozen, or that nobody hears, asks its hosts for nothing more: another may have its batches.
    """
    pulse = Pulse(engine.pace.stale_s / 2)
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
        said = monotonic()
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
        await asyncio.sleep(PAUSE_S)


async def _work(engine: Engine, tools: Tools, pulse: Pulse, stop: asyncio.Event, payload: str) -> None:
    """Carry out one batch and send its result before the job ends: dying in between costs a repeat, not a loss."""
    batch, begun = batch_from_json(payload.encode()), pulse.lapses

    def stopping() -> bool:
        return stop.is_set() or pulse.lapses != begun or pulse.doubted()

    result = await run_batch(batch, replace(tools, stopping=stopping))
    if pulse.lapses != begun or pulse.doubted():
        raise EngineError("this worker was silent too long: the batch may be another's, who begins it anew")
    logger.info("batch.done", extra={"host": batch.host, "entries": len(result.results)})
    sent = to_json(result).decode()
    ends_at = monotonic() + batch.deadline_s  # later nobody waits for it
    while not await _sent(engine, sent, last=monotonic() >= ends_at):  # noqa: ASYNC110  # no event tells of its return
        await asyncio.sleep(PAUSE_S)


async def _sent(engine: Engine, result: str, *, last: bool) -> bool:
    """Return whether a result was handed over; raises EngineError if not and this was the last try."""
    try:
        await engine.send(RESULTS, result)
    except EngineError as error:
        logger.warning("engine.failed", extra={"error": str(error)})
        if last:
            raise
        return False
    return True
