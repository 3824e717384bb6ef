"""Whether the daemon may collect: polling and fetching rest while the disk takes nothing more, and go on by themselves.

They rest before the disk is full, so that what is left serves deliveries, mutes and reviews. A write that was refused
all the same (a quota, a limit, a disk that fails) makes them rest, longer each time, until a small one is taken: feeds
are not asked for what could not be kept.
"""

import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from time import monotonic
from typing import Final, Literal, TypeVar

from monitor.clock import Clock
from monitor.errors import StoreBusyError, StoreError, StoreFullError
from monitor.store import Store, disk, meta

FIRST_REST_S: Final = 15.0
LONGEST_REST_S: Final = 900.0

State = Literal["disk_enough", "disk_low", "disk_full", "disk_failing", "disk_unseen"]
_LEVELS: Final = {
    "disk_low": logging.WARNING,
    "disk_full": logging.ERROR,
    "disk_failing": logging.ERROR,
    "disk_unseen": logging.ERROR,  # its folder is gone, or it cannot be asked
}

T = TypeVar("T")

logger = logging.getLogger("monitor")


def judged(free: int) -> State:
    """Return what so many free bytes are to a daemon; pure."""
    if free < disk.LEAST_FREE:
        return "disk_full"
    return "disk_low" if free < disk.WARN_FREE else "disk_enough"


def rest_s(failures: int) -> float:
    """Return how long to rest after so many refusals in a row; pure."""
    return min(FIRST_REST_S * 2.0 ** (failures - 1), LONGEST_REST_S)


class Room:
    """The room of one running daemon; `state` says why it rests, if it does."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        *,
        free: Callable[[Path], int] = disk.free_bytes,
        steady: Callable[[], float] = monotonic,
        rest: Callable[[int], float] = rest_s,
    ) -> None:
        self.state: State = "disk_enough"
        self._store = store
        self._clock = clock
        self._free = free
        self._steady = steady
        self._rest = rest
        self._failures = 0
        self._again_at = 0.0

    async def collect(self, work: Callable[[], Awaitable[T]]) -> T | None:
        """Return what the work returns, or None without doing it if there is no room; raises what it raises."""
        if not await self._is_there():
            return None
        try:
            return await work()
        except StoreBusyError:
            raise
        except StoreError as error:
            self._refused(error)
            raise

    async def _is_there(self) -> bool:
        try:
            state = judged(self._free(self._store.path.parent))
        except OSError as error:
            self._tell("disk_unseen", error)
            return False
        if self._failures and state != "disk_full":
            if self._steady() < self._again_at:
                return False
            try:
                await self._store.write(partial(meta.probe, now=self._clock()))
            except StoreError as error:
                self._refused(error)
                return False
            self._failures = 0
        self._tell(state)
        return state != "disk_full"

    def _refused(self, error: StoreError) -> None:
        if self._steady() >= self._again_at:  # what was begun together fails together, and counts once
            self._failures += 1
            self._again_at = self._steady() + self._rest(self._failures)
        self._tell("disk_full" if isinstance(error, StoreFullError) else "disk_failing")

    def _tell(self, state: State, error: OSError | None = None) -> None:
        if state == self.state:
            return
        self.state = state
        extra: dict[str, object] = {"store": str(self._store.path)}
        with suppress(OSError):
            extra["free_mib"] = self._free(self._store.path.parent) // 2**20
        if error is not None:
            extra["error"] = str(error)
        logger.log(_LEVELS.get(state, logging.INFO), "store.%s", state, extra=extra)
