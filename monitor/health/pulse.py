"""Whether a daemon lives: its loops go round, its writer answers, the store is its own, there is room."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final

from monitor.clock import steady_s
from monitor.store import disk

STALLED_S: Final = 600.0  # of silence; the longest work a loop waits for is one round of deliveries
BEAT_S: Final = 1.0
SLOW_LOOPS: Final = frozenset({"upkeep"})  # a copy of a large store takes its time, in a thread


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a daemon is not well, and whether it would be better started anew."""

    text: str
    fatal: bool


class Pulse:
    """When each loop of a daemon last began its work, and by how much the event loop came late at most, lately."""

    def __init__(self, steady: Callable[[], float] = steady_s) -> None:
        self._steady = steady
        self._beats: dict[str, float] = {}
        self.lag_s = 0.0

    def round(self, loop: str, work: Callable[[], Awaitable[object]]) -> Callable[[], Awaitable[object]]:
        """Return the work of a loop as one that notes when it begins."""

        async def noted() -> None:
            self._beats[loop] = self._steady()
            await work()

        return noted

    def silences(self) -> dict[str, float]:
        """Return for each loop how many seconds ago it went round."""
        now = self._steady()
        return {loop: now - at for loop, at in self._beats.items()}

    async def feel(self) -> None:
        """Measure for ever how late the event loop wakes who waits; what was worst fades by half each minute."""
        while True:
            began = self._steady()
            await asyncio.sleep(BEAT_S)
            late = max(0.0, self._steady() - began - BEAT_S)
            self.lag_s = max(late, self.lag_s * 0.5 ** (BEAT_S / 60))


def reasons(
    *, owner: bool, writer_fault: str | None, silences: Mapping[str, float], free_bytes: int | None
) -> list[Reason]:
    """Return why a daemon is not well; none if it is; pure."""
    found = []
    if not owner:
        found.append(Reason("the store is no longer this daemon's: its lock file was removed or replaced", fatal=True))
    if writer_fault is not None:
        found.append(Reason(f"the writer of the store does not answer: {writer_fault}", fatal=True))
    for loop, seconds in sorted(silences.items()):
        if seconds > STALLED_S and loop not in SLOW_LOOPS:
            found.append(Reason(f"nothing was heard of the loop {loop} for {seconds:.0f} seconds", fatal=True))
    if free_bytes is not None and free_bytes < disk.LEAST_FREE:
        free, least = free_bytes // 2**20, disk.LEAST_FREE // 2**20
        words = f"{free} MiB are free beside the store: below {least} nothing is polled"
        found.append(Reason(words, fatal=False))
    return found
