"""What runs when: ticks, the loops they wake, signals, and an orderly stop. The only file with apscheduler.

apscheduler only sets events (docs/decisions/0011); the work runs in tasks of our own and asks the store what is due. A
stop finishes what is in hand within `GRACE_S`; what is cut off then was never written, so the next start takes it up.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from signal import SIGHUP, SIGINT, SIGTERM
from typing import Any, Final

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.base import BaseTrigger

from monitor import app, control, lag, signals, watchman
from monitor.clock import Steps, steady_s
from monitor.commands import WRITING
from monitor.crew import Crew
from monitor.errors import StoreBusyError, StoreError
from monitor.health import NOBODY, Manager, Pulse, attended
from monitor.pipeline import Runtime, Tally, deliver, poll_pass, process_pass, start_batches, start_polls
from monitor.settings import Settings
from monitor.store import entries, feeds, stories
from monitor.store.clockwise import clamp, step
from monitor.upkeep import soundness
from monitor.upkeep.night import Night
from monitor.upkeep.room import Room

logger = logging.getLogger("monitor")

GRACE_S: Final = 12.0  # for work in hand after the first signal; the whole stop stays under 20 s
TAKE_BACK_S: Final = 30.0  # for a command that took the store while the settings were read again
TICK_S: Final = 1.0
SWEEP_S: Final = 60.0
INTERRUPTED: Final = 130
SKETCHED_AT_ONCE: Final = 50  # articles of an older store in one transaction, about 0.2 s
PORTIONS: Final = 40  # of these a sweep
PAUSE_AFTER_STORE_ERROR_S: Final = 15.0  # what failed is not helped by asking every second


async def run(
    settings: Settings, *, once: bool, reread: Callable[[], Settings] | None = None, manager: Manager = NOBODY
) -> int:
    """Run until the first SIGTERM or SIGINT, or with `once` until nothing is due; return the exit code.

    0, or 130 after a second signal. SIGHUP ends what runs and begins anew with the settings that `reread` returns;
    while those are refused, or cannot run, the old ones hold. `manager` is told of it all. Raises StoreBusyError if
    another process owns the store.
    """
    told = signals.Told(reread)
    try:
        with signals.obeyed({SIGTERM: told.to_end, SIGINT: told.to_end, SIGHUP: told.to_reread}):
            following: Settings | None = settings
            patience_s = 0.0
            while following is not None:
                try:
                    await _run(following, told, manager, once=once, patience_s=patience_s)
                    following = told.next()
                except Exception as error:  # noqa: BLE001  # raised again by `instead` unless there is a way back
                    following = told.instead(error)
                patience_s = TAKE_BACK_S
    except asyncio.CancelledError:
        if not told.twice:
            raise
        logger.warning("daemon.cut_off")
        return INTERRUPTED
    logger.info("daemon.stopped")
    return 0


async def _run(settings: Settings, told: signals.Told, manager: Manager, *, once: bool, patience_s: float) -> None:
    stop = told.stop
    async with app.open_runtime(settings, stopping=stop.is_set, patience_s=patience_s) as runtime:
        _ = runtime.tools.classifier.id  # word files that cannot be read end the start, and not the first poll
        commands, pulse = control.UnderWay(), Pulse()
        handlers = {name: partial(handler, runtime) for name, handler in WRITING.items()}
        served = control.serve(runtime.store.path, commands.noting(handlers))
        async with served, attended(runtime, pulse, manager, stop, told.ending):
            logger.info("daemon.started", extra={"store": str(runtime.store.path), "once": once})
            work = _pass(runtime) if once else _homed(runtime, told, settings, pulse)
            await _until(stop, work)
            await commands.ended(GRACE_S)
        if not runtime.store.still_owner():
            lost = f"{runtime.store.path} is no longer this daemon's: its lock file was removed or replaced"
            raise StoreBusyError(lost)


async def _pass(runtime: Runtime) -> None:
    """Do once all that is due: poll, process, deliver."""
    room = Room(runtime.store, runtime.tools.clock)
    polled = await room.collect(lambda: poll_pass(runtime))
    processed = await room.collect(lambda: process_pass(runtime))
    await watchman.look(runtime.store, runtime.settings, now=runtime.tools.clock(), settled=True)
    gathered = replace(runtime.settings.alerts, group_wait_s=0)  # by the pass itself; the next one may be far away
    delivered = await deliver(replace(runtime, settings=replace(runtime.settings, alerts=gathered)))
    await _find_copies(runtime)
    await soundness.look(runtime.store, runtime.tools.clock(), runtime.tools.stopping)
    await Night(runtime).look()
    logger.info("daemon.passed", extra={"polled": polled, "processed": processed, "delivered": delivered})


async def _homed(runtime: Runtime, told: signals.Told, settings: Settings, pulse: Pulse) -> None:
    """Run the loops, with workers elsewhere if there is a cluster."""
    tally: Tally = Counter()
    async with app.with_workers(runtime, tally, told.stop.set) as homed:
        told.runs(settings)
        await _loops(homed, told.stop, pulse, tally)


async def _loops(runtime: Runtime, stop: asyncio.Event, pulse: Pulse, tally: Tally) -> None:
    """Do at each tick what is due, until the stop; then let what is in hand end."""
    spread = partial(feeds.spread, now=runtime.tools.clock(), draw=runtime.random.random)
    logger.info("feeds.spread", extra={"overdue": await runtime.store.write(spread)})
    scheduler, room = AsyncIOScheduler(timezone="UTC"), Room(runtime.store, runtime.tools.clock)
    more = asyncio.Event()  # the tick of "process", which need not wait when a batch has ended or a poll brought some
    crashed = partial(tally.update, ["crashed"])
    async with Crew(more.set, crashed) as polls, Crew(more.set, crashed) as batches, asyncio.TaskGroup() as group:
        jobs: Mapping[str, tuple[float, Callable[[], Awaitable[object]]]] = {
            "poll": (TICK_S, lambda: room.collect(lambda: start_polls(runtime, polls, tally))),
            "process": (TICK_S, lambda: room.collect(lambda: start_batches(runtime, batches, tally))),
            "deliver": (TICK_S, lambda: deliver(runtime)),
            "watch": (watchman.LOOK_S, Watch(runtime).look),
            "sweep": (SWEEP_S, lambda: _sweep(runtime, stop, batches, tally)),
            "audit": (SWEEP_S, lambda: soundness.look(runtime.store, runtime.tools.clock(), runtime.tools.stopping)),
            "upkeep": (SWEEP_S, Night(runtime).look),
        }
        for name, (seconds, work) in jobs.items():
            tick = more if name == "process" else asyncio.Event()
            tick.set()
            scheduler.add_job(_set, Every(seconds), [tick], coalesce=True, misfire_grace_time=None, id=name)
            group.create_task(_loop(name, tick, stop, pulse.round(name, work), tally), name=name)
        scheduler.start()
        group.create_task(_watch_clock(runtime, scheduler, stop), name="clock")
        group.create_task(lag.watch(partial(_unless, stop), lag.Watchdog()), name="lag")
        await stop.wait()
        scheduler.shutdown(wait=False)
        with suppress(StoreError):
            await batches.settled()
        with suppress(StoreError):
            await polls.settled()


async def _loop(
    name: str, tick: asyncio.Event, stop: asyncio.Event, work: Callable[[], Awaitable[object]], tally: Tally
) -> None:
    """Do the work at each tick until the stop; a failure is told and counted, and the next tick tries again."""
    while await _ticked(tick, stop):
        try:
            await work()
        except StoreError as error:
            logger.error("store.failed", extra={"loop": name, "error": str(error)})  # noqa: TRY400  # its text says it all
            await _unless(stop, PAUSE_AFTER_STORE_ERROR_S)
        except Exception:
            tally["crashed"] += 1
            logger.exception("loop.failed", extra={"loop": name})


async def _ticked(tick: asyncio.Event, stop: asyncio.Event) -> bool:
    """Wait for a tick and return True, or return False at the stop."""
    waits = {asyncio.ensure_future(tick.wait()), asyncio.ensure_future(stop.wait())}
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
    tick.clear()
    return not stop.is_set()


class Every(BaseTrigger):  # type: ignore[misc]  # apscheduler ships no types
    """Ticks so many seconds after the last one, however far the clock was set: none is caught up on one by one."""

    def __init__(self, seconds: float) -> None:
        self._pause = timedelta(seconds=seconds)

    def get_next_fire_time(self, _previous: datetime | None, now: datetime) -> datetime:
        """Return the moment of the next tick."""
        return now + self._pause


async def _watch_clock(runtime: Runtime, scheduler: AsyncIOScheduler, stop: asyncio.Event) -> None:
    """Look every second whether the clock was set, by the loop's own time: apscheduler waits by the clock itself."""
    steps = Steps(runtime.tools.clock)
    while not stop.is_set():
        try:
            await after_step(runtime, steps, scheduler)
        except StoreError:  # the loops tell of it; the step is still there at the next look
            pass
        except Exception:
            logger.exception("loop.failed", extra={"loop": "clock"})
        await _unless(stop, TICK_S)


async def after_step(runtime: Runtime, steps: Steps, scheduler: AsyncIOScheduler) -> None:
    """Move what waits with the clock if it was set, and have the scheduler tick by the new time (RELIABILITY.md T1)."""
    by = steps.step()
    if not by:
        return
    for job in scheduler.get_jobs():
        job.modify(next_run_time=datetime.now(UTC))
    moved = await runtime.store.write(partial(step, by=by, now=runtime.tools.clock()))
    steps.settle()
    logger.warning("clock.stepped", extra={"by_s": round(by.total_seconds()), "moved": moved})


async def _sweep(runtime: Runtime, stop: asyncio.Event, batches: Crew, tally: Tally) -> None:
    """Take back leases that ran out, put times right after a clock step, and stop once the store is somebody else's."""
    if not runtime.store.still_owner():
        logger.critical("store.lost", extra={"store": str(runtime.store.path)})
        stop.set()
        return
    now = runtime.tools.clock()
    freed = await runtime.store.write(partial(entries.release_expired, now=now, keep=batches.busy))
    moved = await runtime.store.write(partial(clamp, now=now))
    logger.info("daemon.status", extra={**tally, "leases_freed": freed, "times_put_right": moved})
    await _find_copies(runtime)


async def _find_copies(runtime: Runtime) -> None:
    """Assign some of the articles to stories that were stored before there were any."""
    done = 0
    for _ in range(PORTIONS):
        unit = partial(stories.backfill, limit=SKETCHED_AT_ONCE, now=runtime.tools.clock())
        portion = 0 if runtime.tools.stopping() else await runtime.store.write(unit)
        done += portion
        if portion < SKETCHED_AT_ONCE:
            break
    if done:
        logger.info("stories.assigned", extra={"articles": done})


class Watch:
    """Looks each minute what is due by the clock, and knows how long that has been right and the feeds were asked."""

    def __init__(self, runtime: Runtime, steady: Callable[[], float] = steady_s) -> None:
        self._runtime = runtime
        self._steady = steady
        self._steps = Steps(runtime.tools.clock, steady)
        self._since_s = steady()

    async def look(self) -> None:
        """Raise what is due; silence means nothing soon after a start or after the clock was set."""
        if self._steps.step():
            self._steps.settle()
            self._since_s = self._steady()
        settled = self._steady() - self._since_s >= watchman.SETTLED_S
        now = self._runtime.tools.clock()
        await watchman.look(self._runtime.store, self._runtime.settings, now=now, settled=settled)


async def _set(tick: asyncio.Event) -> None:
    """Set an event, in the loop: apscheduler runs plain functions in a thread, where that would wake nobody."""
    tick.set()


async def _unless(stop: asyncio.Event, seconds: float) -> bool:
    """Wait so many seconds and return True, or until the stop and return False."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await stop.wait()
    return not stop.is_set()


async def _until(stop: asyncio.Event, work: Coroutine[Any, Any, None]) -> None:
    """Do the work; at a stop give it `GRACE_S` to end, then cut it off."""
    task = asyncio.ensure_future(work)
    stopped = asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait({task, stopped}, return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            await asyncio.wait({task}, timeout=GRACE_S)
    finally:
        stopped.cancel()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    if not task.cancelled():
        task.result()
