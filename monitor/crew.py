"""Tasks by key, bounded in number, each supervised: a failure is told and forgotten, and its work stays due."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Self

from monitor.errors import StoreError

logger = logging.getLogger("monitor")

Work = Callable[[], Awaitable[None]]


class Crew:
    """Tasks by key, never two of one key at once; an asynchronous context manager that leaves none behind.

    What a task has not written when the block is left is cut off; the store knows what is still to be done. `ended`
    is called at the end of each task, `crashed` before it at the end of one that raised what nobody expected.
    """

    def __init__(self, ended: Callable[[], None] = lambda: None, crashed: Callable[[], None] = lambda: None) -> None:
        self._ended = ended
        self._crashed = crashed
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._store_error: StoreError | None = None

    async def __aenter__(self) -> Self:
        """Give the crew itself."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Cancel what is under way and wait for it to end."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def __len__(self) -> int:
        """Return how many tasks are under way."""
        return len(self._tasks)

    @property
    def busy(self) -> frozenset[str]:
        """The keys of the tasks that are under way."""
        return frozenset(self._tasks)

    def start(self, key: str, work: Work) -> None:
        """Start work, unless work of this key is under way."""
        if key not in self._tasks:
            self._tasks[key] = asyncio.create_task(self._supervised(key, work), name=key)

    def check(self) -> None:
        """Raise, once, the StoreError that kept a task from writing: a store that is full is not asked every second."""
        error, self._store_error = self._store_error, None
        if error:
            raise error

    async def progress(self) -> None:
        """Return when a task has ended, or at once if none is under way."""
        if self._tasks:
            await asyncio.wait(self._tasks.values(), return_when=asyncio.FIRST_COMPLETED)

    async def settled(self) -> None:
        """Return when nothing is under way; raises as `check` does."""
        while self._tasks:
            await asyncio.wait(self._tasks.values())
        self.check()

    async def _supervised(self, key: str, work: Work) -> None:
        try:
            await work()
        except StoreError as error:
            self._store_error = error
            logger.error("store.failed", extra={"task": key, "error": str(error)})  # noqa: TRY400  # its text says it all
        except Exception:
            self._crashed()
            logger.exception("task.crashed", extra={"task": key})
        finally:
            del self._tasks[key]
            self._ended()
