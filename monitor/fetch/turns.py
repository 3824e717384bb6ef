"""Courtesy: one request at a time per queue, and a pause between the end of one and the start of the next.

A queue is that of a registrable domain (`identity.queue_key`): its feeds, pages and robots.txt take turns, whatever
their hosts.
"""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from time import monotonic
from typing import Final

REMEMBERED_S: Final = 300.0  # the longest pause anyone asks for (RELIABILITY.md C2)


class _Queue:
    __slots__ = ("ended_at", "lock", "users")

    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.users = 0  # holding or waiting
        self.ended_at = float("-inf")


class Turns:
    """The queues: first come, first served, one timer per queue however many wait.

    One that nobody has stood in for five minutes is forgotten.
    """

    def __init__(self, now: Callable[[], float] = monotonic) -> None:
        self._now = now  # seconds, never stepping back
        self._queues: OrderedDict[str, _Queue] = OrderedDict()  # least lately used first

    def __len__(self) -> int:
        """Return how many queues are remembered."""
        return len(self._queues)

    def others_wait(self, queue: str) -> bool:
        """Return whether someone waits beside the one whose turn it is."""
        state = self._queues.get(queue)
        return state is not None and state.users > 1

    @asynccontextmanager
    async def turn(self, queue: str, delay_s: float) -> AsyncIterator[None]:
        """Return, when entered, with the queue to oneself and `delay_s` after the end of the turn before."""
        state = self._queues.setdefault(queue, _Queue())
        state.users += 1
        try:
            async with state.lock:
                pause = state.ended_at + delay_s - self._now()
                if pause > 0:
                    await asyncio.sleep(pause)
                try:
                    yield
                finally:
                    state.ended_at = self._now()
        finally:
            state.users -= 1
            self._queues.move_to_end(queue)
            self._forget_some()

    def _forget_some(self) -> None:
        # Two looks for each turn that ends: a turn adds at most one queue, so the memory shrinks from its old end.
        for _ in range(2):
            queue, state = next(iter(self._queues.items()))
            if state.users:
                self._queues.move_to_end(queue)
            elif state.ended_at + REMEMBERED_S < self._now():
                del self._queues[queue]
            if not self._queues:
                return
