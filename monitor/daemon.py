"""What runs when: ticks, the loops they wake, signals, and an orderly stop. The only file with apscheduler.

apscheduler only sets events (docs/decisions/0011); the work runs in tasks of our own and asks the store what is due. A
stop finishes what is in hand within `GRACE_S`; what is cut off then was never written, so the next start takes it up.
"""

import asyncio
import logging
import signal
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from monitor import app, control
from monitor.commands import WRITING
from monitor.errors import StoreError
from monitor.pipeline import Crew, Runtime, Tally, deliver, poll_pass, process_pass, start_batches, start_polls
from monitor.settings import Settings
from monitor.store import entries

logger = logging.getLogger("monitor")

GRACE_S: Final = 12.0  # for work in hand after the first signal; the whole stop stays under 20 s
TICK_S: Final = 1.0
SWEEP_S: Final = 60.0
INTERRUPTED: Final = 130
PAUSE_AFTER_STORE_ERROR_S: Final = 15.0  # a full disk is not helped by asking every second


async def run(settings: Settings, *, once: bool) -> int:
    """Run until the first SIGTERM or SIGINT, or with `once` until nothing is due; return the exit code.

    0, or 130 after a second signal. Raises StoreBusyError if another process owns the store.
    """
    stop, hurry = asyncio.Event(), asyncio.Event()
    try:
        with _signals(stop, hurry):
            await _run(settings, stop, once=once)
    except asyncio.CancelledError:
        if not hurry.is_set():
            raise
        logger.warning("daemon.cut_off")
        return INTERRUPTED
    logger.info("daemon.stopped")
    return 0


async def _run(settings: Settings, stop: asyncio.Event, *, once: bool) -> None:
    async with app.open_runtime(settings, stopping=stop.is_set) as runtime:
        handlers = {name: partial(handler, runtime) for name, handler in WRITING.items()}
        async with control.serve(runtime.store.path, handlers):
            logger.info("daemon.started", extra={"store": str(runtime.store.path), "once": once})
            if once:
                await _until(stop, _pass(runtime))
            else:
                await _Loops(runtime, stop).run()


async def _pass(runtime: Runtime) -> None:
    """Do once all that is due: poll, process, deliver."""
    polled = await poll_pass(runtime)
    processed = await process_pass(runtime)
    delivered = await deliver(runtime)
    logger.info("daemon.passed", extra={"polled": polled, "processed": processed, "delivered": delivered})


@dataclass(slots=True)
class _Loops:
    """The daemon's loops: each waits for its tick, then does what is due."""

    runtime: Runtime
    stop: asyncio.Event
    polls: Crew = field(default_factory=Crew)
    batches: Crew = field(default_factory=Crew)
    tally: Tally = field(default_factory=Counter)

    async def run(self) -> None:
        """Run until the stop, and a little longer for the work in hand."""
        jobs: Mapping[str, tuple[float, Callable[[], Awaitable[object]]]] = {
            "poll": (TICK_S, lambda: start_polls(self.runtime, self.polls, self.tally)),
            "process": (TICK_S, lambda: start_batches(self.runtime, self.batches, self.tally)),
            "deliver": (TICK_S, lambda: deliver(self.runtime)),
            "sweep": (SWEEP_S, self._sweep),
        }
        scheduler = AsyncIOScheduler(timezone="UTC")
        async with asyncio.TaskGroup() as group:
            loops = []
            for name, (seconds, work) in jobs.items():
                tick = asyncio.Event()
                tick.set()
                scheduler.add_job(
                    tick.set, "interval", seconds=seconds, coalesce=True, misfire_grace_time=None, id=name
                )
                loops.append(group.create_task(self._loop(name, tick, work), name=name))
            scheduler.start()
            await self.stop.wait()
            scheduler.shutdown(wait=False)
            await self._wind_up(loops)

    async def _loop(self, name: str, tick: asyncio.Event, work: Callable[[], Awaitable[object]]) -> None:
        """Do the work at each tick until the stop; a failure is logged and the next tick tries again."""
        while await self._next(tick):
            try:
                await work()
            except StoreError as error:
                logger.error("store.failed", extra={"loop": name, "error": str(error)})  # noqa: TRY400  # the text says it
                await _unless(self.stop, PAUSE_AFTER_STORE_ERROR_S)
            except Exception:
                logger.exception("loop.failed", extra={"loop": name})

    async def _next(self, tick: asyncio.Event) -> bool:
        """Wait for a tick and return True, or return False at the stop."""
        waits = {asyncio.ensure_future(tick.wait()), asyncio.ensure_future(self.stop.wait())}
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
        tick.clear()
        return not self.stop.is_set()

    async def _sweep(self) -> None:
        """Take back leases that ran out, end the daemon that lost its store, and say what was done."""
        if not self.runtime.store.still_owner():
            logger.critical("store.lost", extra={"store": str(self.runtime.store.path)})
            self.stop.set()
            return
        freed = await self.runtime.store.write(partial(entries.release_expired, now=self.runtime.tools.clock()))
        logger.info("daemon.status", extra={**self.tally, "leases_freed": freed})

    async def _wind_up(self, loops: list[asyncio.Task[None]]) -> None:
        """Let what is in hand end, at most `GRACE_S`; cut off the rest."""
        hand = [*loops, *(asyncio.ensure_future(crew.settled()) for crew in (self.polls, self.batches))]
        await asyncio.wait(hand, timeout=GRACE_S)
        for task in hand:
            task.cancel()
        await self.batches.cancel()
        await self.polls.cancel()
        await asyncio.gather(*hand, return_exceptions=True)


async def _unless(stop: asyncio.Event, seconds: float) -> None:
    """Wait so many seconds, or until the stop."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await stop.wait()


async def _until(stop: asyncio.Event, work: Coroutine[Any, Any, None]) -> None:
    """Do the work; at a stop give it `GRACE_S` to end, then cut it off."""
    task = asyncio.ensure_future(work)
    stopped = asyncio.ensure_future(stop.wait())
    await asyncio.wait({task, stopped}, return_when=asyncio.FIRST_COMPLETED)
    stopped.cancel()
    if not task.done():
        await asyncio.wait({task}, timeout=GRACE_S)
    if not task.done():
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        return
    await task


@contextmanager
def _signals(stop: asyncio.Event, hurry: asyncio.Event) -> Iterator[None]:
    """Set `stop` at the first SIGTERM or SIGINT, and at the second `hurry`, cutting off the task that entered here."""
    loop = asyncio.get_running_loop()
    daemon = asyncio.current_task()

    def received() -> None:
        if not stop.is_set():
            logger.info("daemon.stopping")
            stop.set()
        elif not hurry.is_set() and daemon is not None:
            hurry.set()
            daemon.cancel()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, received)
    try:
        yield
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)
