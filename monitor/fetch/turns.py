"""Courtesy: one request at a time per host, and a pause between the end of one and the start of the next."""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from time import monotonic
from typing import Final

REMEMBERED_S: Final = 300.0  # the longest pause anyone asks for (RELIABILITY.md C2)


class _Host:
    __slots__ = ("ended_at", "lock", "users")

    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.users = 0  # holding or waiting
        self.ended_at = float("-inf")


class Turns:
    """The queues before the hosts: first come, first served, one timer per host however many wait.

    A host nobody has asked for in five minutes is forgotten.
    """

    def __init__(self, now: Callable[[], float] = monotonic) -> None:
        self._now = now  # seconds, never stepping back
        self._hosts: OrderedDict[str, _Host] = OrderedDict()  # least lately used first

    def __len__(self) -> int:
        """Return how many hosts are remembered."""
        return len(self._hosts)

    def others_wait(self, host: str) -> bool:
        """Return whether someone waits for the host beside the one whose turn it is."""
        state = self._hosts.get(host)
        return state is not None and state.users > 1

    @asynccontextmanager
    async def turn(self, host: str, delay_s: float) -> AsyncIterator[None]:
        """Return, when entered, with the host to oneself and `delay_s` after the end of the turn before."""
        state = self._hosts.setdefault(host, _Host())
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
            self._hosts.move_to_end(host)
            self._forget_some()

    def _forget_some(self) -> None:
        # Two looks for each turn that ends: a turn adds at most one host, so the memory shrinks from its old end.
        for _ in range(2):
            host, state = next(iter(self._hosts.items()))
            if state.users:
                self._hosts.move_to_end(host)
            elif state.ended_at + REMEMBERED_S < self._now():
                del self._hosts[host]
            if not self._hosts:
                return
