"""The commands that an owner is carrying out, so that its stop can let them end."""

import asyncio
from collections.abc import Mapping
from functools import partial
from typing import Any

from monitor.control.owner import Handler


class UnderWay:
    """What is under way of the commands whose handlers went through `noting`."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Future[Any]] = set()

    def noting(self, handlers: Mapping[str, Handler]) -> dict[str, Handler]:
        """Return the handlers by name, as ones whose work is noted from its begin to its end."""
        return {name: partial(self._run, handler) for name, handler in handlers.items()}

    async def ended(self, within_s: float) -> None:
        """Return when none is under way, or after so many seconds."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=within_s)

    async def _run(self, handler: Handler, args: dict[str, Any]) -> Any:
        work = asyncio.ensure_future(handler(args))
        self._tasks.add(work)
        work.add_done_callback(self._tasks.discard)
        return await work
