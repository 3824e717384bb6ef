"""What the daemon does for its store by night: a copy, the trimming of what is bulky, and weekly a look at all of it.

A look each minute asks the store what is due: a night that was missed is made up for, a failure is tried again in an
hour, written down for `check` and logged. The copy is made in a thread of its own, by reading; it stops when the
daemon does.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import datetime, timedelta, tzinfo
from functools import partial
from pathlib import Path
from time import monotonic
from typing import Any, Final

from monitor.alerts import hours
from monitor.errors import MonitorError, StoreDamagedError
from monitor.pipeline import Runtime
from monitor.store import copies, retention, upkeep
from monitor.store.backup import StoppedError, back_up, damage, stoppable
from monitor.store.connection import connect_read_only
from monitor.upkeep import trimming
from monitor.upkeep.rescue import way_back

logger = logging.getLogger("monitor")

LOOK_S: Final = 60.0
AGAIN: Final = timedelta(hours=1)  # after a failure
WEEK: Final = 7  # days between two checks of all pages (RELIABILITY.md S7)

Told = dict[str, Any]  # what is worth remembering of a chore that went well


def is_due(standing: upkeep.Standing, now: datetime, at: str, zone: tzinfo, days: int = 1) -> bool:
    """Return whether the newest night, or of a chore for every so many days the newest of them, is still to be done.

    A new store waits for its first night. What is dated in the future, by a clock that was wrong, is not believed.
    """
    if standing.failure and standing.tried_at and now - AGAIN < standing.tried_at <= now:
        return False
    last = standing.done_at or standing.since
    nights = hours.period(now, at, "day", zone) - hours.period(last, at, "day", zone)
    return last > now or nights >= timedelta(days=days)


class Night:
    """The chores of one running daemon."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._zone = hours.zone_of(runtime.settings.alerts.time_zone)
        self._threads = ThreadPoolExecutor(1, thread_name_prefix="backup")

    async def look(self) -> None:
        """Do what is due: the check, the copy, and once that is made what may be trimmed; `keep = 0`: no copy."""
        await self._chore("integrity", self._check, WEEK)
        if self._runtime.settings.backup.keep and not await self._chore("backup", self._back_up):
            return
        await self._chore("retention", self._trim)

    async def _chore(self, chore: upkeep.Chore, work: Callable[[], Awaitable[Told]], days: int = 1) -> bool:
        """Return whether a chore is done for this night, now or before; a failure is noted and logged."""
        store, clock = self._runtime.store, self._runtime.tools.clock
        standing = await store.read(partial(upkeep.standing, chore=chore))
        if not is_due(standing, clock(), self._runtime.settings.backup.at, self._zone, days):
            return standing.failure is None
        try:
            told = await work()
        except StoppedError:
            return False
        except MonitorError as error:
            logger.error("upkeep.failed", extra={"chore": chore, "error": str(error)})  # noqa: TRY400  # its text says it
            await store.write(partial(upkeep.note_failed, chore=chore, why=str(error), now=clock()))
            return False
        await store.write(partial(upkeep.note_done, chore=chore, told=told, now=clock()))
        return True

    async def _check(self) -> Told:
        """Look at every page of the store; raises StoreDamagedError with the way back."""
        found = await asyncio.get_running_loop().run_in_executor(self._threads, self._damage)
        if found:
            words = f"{self._runtime.store.path} is damaged ({'; '.join(found)}). {way_back(self._runtime.settings)}"
            raise StoreDamagedError(words)
        logger.info("store.checked", extra={"path": str(self._runtime.store.path)})
        return {}

    def _damage(self) -> list[str]:
        path = self._runtime.store.path
        with closing(connect_read_only(path)) as db, stoppable(db, self._runtime.tools.stopping):
            return damage(db)

    async def _back_up(self) -> Told:
        """Make a copy and remove those that are no longer kept; return what is worth remembering of it."""
        began, loop = monotonic(), asyncio.get_running_loop()
        told = await loop.run_in_executor(self._threads, self._copy, self._runtime.tools.clock())
        logger.info("backup.made", extra={**told, "duration_ms": round((monotonic() - began) * 1000)})
        return told

    def _copy(self, now: datetime) -> Told:
        store, chosen = self._runtime.store.path, self._runtime.settings.backup
        folder = copies.folder_of(store, chosen.folder)
        copies.make_room(store, folder, chosen.folder)
        target = folder / copies.name_of(store, now)
        made = back_up(store, target, now=now, stopping=self._runtime.tools.stopping)
        for old in copies.surplus(store, folder, chosen.keep, made.path):
            _remove(old)
        return {"path": str(made.path), "bytes": made.bytes, "sha256": made.sha256}

    async def _trim(self) -> Told:
        runtime = self._runtime
        days = retention.days_of(runtime.settings.retention)
        done = await trimming.trim(runtime.store, days, runtime.tools.clock(), runtime.tools.stopping)
        if runtime.tools.stopping():
            raise StoppedError("stopped in the middle; the rest is due at the next start")
        return dict(done)


def _remove(copy: Path) -> None:
    try:
        copy.unlink()
    except OSError as error:  # the new copy is there; that an old one stays is no reason to call the night failed
        logger.warning("backup.kept", extra={"path": str(copy), "error": str(error)})
    else:
        logger.info("backup.removed", extra={"path": str(copy)})
