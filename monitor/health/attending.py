"""The figures and the state of one running daemon, shown on this machine and told to the service manager."""

import asyncio
import json
import logging
import os
import platform
import resource
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Final, Generic, TypeVar

from monitor import __version__
from monitor.clock import Clock
from monitor.errors import MonitorError, StoreFullError
from monitor.health.answering import Answer, answering
from monitor.health.exposition import TYPE, Family, counted, gauge, text
from monitor.health.memory import kept_low
from monitor.health.notify import Manager
from monitor.health.pulse import Pulse, Reason, reasons
from monitor.pipeline import Runtime
from monitor.store import Store, disk, figures, meta
from monitor.store.figures import Figures

WRITER_S: Final = 4.0  # of silence, after which the writer is taken for dead
FRESH_S: Final = 1.0  # a state that was found is told again for so long
SHARE: Final = 20  # figures are counted anew at most every so many times as long as it took to count them

T = TypeVar("T")
Plain = dict[tuple[str, ...], float]
logger = logging.getLogger("monitor")


class Kept(Generic[T]):
    """A value that is found at most once at a time, and kept for a while: who asks often costs nothing."""

    def __init__(
        self, find: Callable[[], Awaitable[T]], *, share: int = 0, steady: Callable[[], float] = time.monotonic
    ) -> None:
        self._find = find
        self._share = share
        self._steady = steady
        self._lock = asyncio.Lock()
        self._found: tuple[float, T] | None = None  # until when it is fresh

    async def get(self) -> T:
        """Return the value, found now or a moment ago."""
        async with self._lock:
            began = self._steady()
            if self._found is None or began >= self._found[0]:
                value = await self._find()
                ended = self._steady()
                self._found = ended + max(FRESH_S, self._share * (ended - began)), value
            return self._found[1]


async def state(store: Store, pulse: Pulse, clock: Clock) -> list[Reason]:
    """Return why the daemon is not well; none if it is. Asks the writer, which answers in a moment or not at all."""
    fault = None
    try:
        async with asyncio.timeout(WRITER_S):
            await store.write(partial(meta.probe, now=clock()))
    except TimeoutError:
        fault = Reason(f"the writer of the store does not answer: silent for {WRITER_S:.0f} seconds", fatal=True)
    except StoreFullError as error:  # it goes on by itself once there is room: a new start would bring none
        fault = Reason(str(error), fatal=False)
    except MonitorError as error:
        fault = Reason(f"the writer of the store does not answer: {error}", fatal=True)
    free = disk.free_if_told(store.path.parent)
    return reasons(owner=store.still_owner(), writer_fault=fault, silences=pulse.silences(), free_bytes=free)


def health(found: list[Reason]) -> Answer:
    """Return what /healthz answers: 200, or 503 with the reasons; pure."""
    body = {"status": "failing" if found else "ok", "reasons": [reason.text for reason in found]}
    status = HTTPStatus.SERVICE_UNAVAILABLE if found else HTTPStatus.OK
    return Answer(status, json.dumps(body) + "\n", "application/json")


def of_ledger(found: Figures) -> tuple[Family, ...]:
    """Return the families of figures that come from the store; pure."""
    by = found.by
    made: Plain = {(): found.backup_at.timestamp()} if found.backup_at else {}
    size: Plain = {(): found.backup_bytes} if found.backup_bytes else {}
    return (
        counted("feeds", "Feeds on the list.", ("state",), by["feeds"]),
        counted(
            "polls_total",
            "Polls of feeds, by what they brought; other: documents and failures before these were told apart.",
            ("result",),
            found.polls,
        ),
        counted("entries", "Entries seen in feeds, by how they ended.", ("outcome", "reason"), by["entries"]),
        counted("articles", "Articles kept.", ("label", "kind"), by["articles"]),
        counted("events", "Actions of employers.", ("label", "origin"), by["events"]),
        gauge("alerts", "Alerts that were raised.", found.alerts),
        counted("deliveries", "Deliveries of alerts.", ("channel", "state"), by["deliveries"]),
        counted("late_seconds", "How long ago the first that waits was due.", ("work",), _keyed(found.late_s)),
        counted("backup_timestamp_seconds", "When the newest nightly copy was made and checked.", (), made),
        counted("backup_size_bytes", "Size of the newest nightly copy.", (), size),
        counted("chore_failed", "Whether a chore failed when it was tried last.", ("chore",), _keyed(found.failed)),
    )


def _keyed(values: dict[str, float] | dict[str, bool]) -> Plain:
    return {(key,): float(value) for key, value in values.items()}


def of_process(store: Path, pulse: Pulse, found: Figures, started_s: float) -> tuple[Family, ...]:
    """Return the families of figures about the process, its disk and its versions."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    versions = {"version": __version__, "python": platform.python_version(), "sqlite": found.sqlite}
    loops: Plain = {(loop,): seconds for loop, seconds in pulse.silences().items()}
    here, left = Path("/proc/self"), disk.free_if_told(store.parent)
    free: Plain = {} if left is None else {(): float(left)}
    fds: Plain = {(): float(len(list((here / "fd").iterdir())))} if (here / "fd").exists() else {}
    return (
        Family("build_info", "gauge", "Versions.", ((versions, 1),)),
        counted("loop_silence_seconds", "How long ago each loop went round.", ("loop",), loops),
        gauge("event_loop_lag_seconds", "How late the event loop came at most, of late.", pulse.lag_s),
        gauge("store_size_bytes", "Size of the store.", _size(store)),
        gauge("store_log_size_bytes", "Size of its write-ahead log.", _size(store.with_name(f"{store.name}-wal"))),
        counted("disk_free_bytes", "Room beside the store.", (), free),
        gauge("process_start_time_seconds", "When the daemon began.", started_s),
        Family("process_cpu_seconds_total", "counter", "CPU time.", (({}, used.ru_utime + used.ru_stime),)),
        counted("process_open_fds", "Open files and connections.", (), fds),
        counted("process_resident_memory_bytes", "Memory in use.", (), _resident(here / "statm")),
    )


def _resident(statm: Path) -> Plain:
    if not statm.exists():
        return {}
    return {(): float(statm.read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")}


def _size(file: Path) -> int:
    """Return the size of a file by its name alone; the store's is never opened here (RELIABILITY.md, finding 9)."""
    return file.stat().st_size if file.exists() else 0


@asynccontextmanager
async def attended(
    runtime: Runtime, pulse: Pulse, manager: Manager, stop: asyncio.Event, ending: Callable[[], bool] = lambda: True
) -> AsyncIterator[None]:
    """Show the daemon's figures and state within the block if the settings ask for it, and keep the manager informed.

    At the stop `ending` says whether the daemon ends or begins anew with other settings. Raises MonitorError where
    nobody can listen.
    """
    chosen, store, started_s = runtime.settings.health, runtime.store, time.time()
    vital = Kept(partial(state, store, pulse, runtime.tools.clock))
    counts = Kept(lambda: store.read(partial(figures.read, now=runtime.tools.clock())), share=SHARE)

    async def healthz() -> Answer:
        return health(await vital.get())

    async def metrics() -> Answer:
        found = await counts.get()
        families = (*of_ledger(found), *of_process(store.path, pulse, found, started_s))
        return Answer(HTTPStatus.OK, text(families), TYPE)

    async with AsyncExitStack() as stack:
        if chosen.port:
            pages = {"/healthz": healthz, "/metrics": metrics}
            port = await stack.enter_async_context(answering(chosen.host, chosen.port, pages, names=chosen.names))
            logger.info("health.listening", extra={"host": chosen.host, "port": port})
        tasks = [asyncio.ensure_future(work) for work in (pulse.feel(), kept_low(), _stopping(manager, stop, ending))]
        if manager.watchdog_s:
            tasks.append(asyncio.ensure_future(_watchdog(manager, vital, manager.watchdog_s / 3)))
        manager.tell("READY=1")
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


async def _stopping(manager: Manager, stop: asyncio.Event, ending: Callable[[], bool]) -> None:
    await stop.wait()
    manager.tell("STOPPING=1" if ending() else f"RELOADING=1\nMONOTONIC_USEC={time.monotonic_ns() // 1000}")


async def _watchdog(manager: Manager, vital: Kept[list[Reason]], every_s: float) -> None:
    """Tell the manager that the daemon lives as long as it does; else it is killed and started anew."""
    while True:
        try:
            fatal = [reason.text for reason in await vital.get() if reason.fatal]
        except Exception:  # a disk that cannot be asked is no sign of life, and the next look may be one
            logger.exception("watchdog.failed")
        else:
            if fatal:
                logger.critical("watchdog.silent", extra={"reasons": fatal})
            else:
                manager.tell("WATCHDOG=1")
        await asyncio.sleep(every_s)
