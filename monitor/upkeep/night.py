"""What the daemon does for its store once a night: a verified copy, then the trimming of what is bulky.

A look each minute asks the store what is due: a night that was missed is made up for, a failure is tried again in an
hour, written down for `check` and logged. The copy is made in a thread of its own, by reading; it stops when the
daemon does.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, tzinfo
from functools import partial
from pathlib import Path
from time import monotonic
from typing import Any, Final

from monitor.alerts import hours
from monitor.errors import MonitorError
from monitor.pipeline import Runtime
from monitor.store import copies, retention, upkeep
from monitor.store.backup import StoppedError, back_up
from monitor.upkeep import trimming

logger = logging.getLogger("monitor")

AGAIN: Final = timedelta(hours=1)  # after a failure

Work = Callable[[], Awaitable[dict[str, Any]]]  # gives what is worth remembering of it


def is_due(standing: upkeep.Standing, now: datetime, at: str, zone: tzinfo) -> bool:
    """Return whether the newest night is still to be done; pure.

    A new store waits for its first night. What is dated in the future, by a clock that was wrong, is not believed.
    """
    if standing.failure and standing.tried_at and now - AGAIN < standing.tried_at <= now:
        return False
    last = standing.done_at or standing.since
    return last > now or hours.period(last, at, "day", zone) < hours.period(now, at, "day", zone)


class Night:
    """The chores of one running daemon."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._zone = hours.zone_of(runtime.settings.alerts.time_zone)
        self._threads = ThreadPoolExecutor(1, thread_name_prefix="backup")

    async def look(self) -> None:
        """Do what is due: the copy, and once it is made what may be trimmed; with `keep = 0` there is no copy."""
        if self._runtime.settings.backup.keep and not await self._chore("backup", self._back_up):
            return
        await self._chore("retention", self._trim)

    async def _chore(self, chore: upkeep.Chore, work: Work) -> bool:
        """Return whether a chore is done for this night, now or before; a failure is noted and logged."""
        store, clock = self._runtime.store, self._runtime.tools.clock
        standing = await store.read(partial(upkeep.standing, chore=chore))
        if not is_due(standing, clock(), self._runtime.settings.backup.at, self._zone):
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

    async def _back_up(self) -> dict[str, Any]:
        """Make a copy and remove those that are no longer kept; return what is worth remembering of it."""
        began, loop = monotonic(), asyncio.get_running_loop()
        told = await loop.run_in_executor(self._threads, self._copy, self._runtime.tools.clock())
        logger.info("backup.made", extra={**told, "duration_ms": round((monotonic() - began) * 1000)})
        return told

    def _copy(self, now: datetime) -> dict[str, Any]:
        store, chosen = self._runtime.store.path, self._runtime.settings.backup
        folder = copies.folder_of(store, chosen.folder)
        copies.make_room(store, folder, chosen.folder)
        target = folder / copies.name_of(store, now)
        made = back_up(store, target, now=now, stopping=self._runtime.tools.stopping)
        for old in copies.surplus(store, folder, chosen.keep, made.path):
            _remove(old)
        return {"path": str(made.path), "bytes": made.bytes, "sha256": made.sha256}

    async def _trim(self) -> dict[str, Any]:
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
