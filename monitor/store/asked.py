"""What a coroutine waits for and a thread of the store gives: the way that two chained futures take, cut short."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Generic, TypeVar

T = TypeVar("T")


class Asked(Generic[T]):
    """A result to come. The thread treats it as a `concurrent.futures.Future`, the coroutine awaits `answer`."""

    __slots__ = ("_loop", "answer")

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self.answer: asyncio.Future[T] = self._loop.create_future()

    def set_running_or_notify_cancel(self) -> bool:
        """Return whether anybody still waits."""
        return not self.answer.cancelled()

    def done(self) -> bool:
        """Return whether the coroutine has its answer, or waits no longer."""
        return self.answer.done()

    def set_result(self, result: T) -> None:
        """Let the coroutine go on with a result."""
        self._give(self.answer.set_result, result)

    def set_exception(self, error: BaseException) -> None:
        """Let the coroutine go on with an error."""
        self._give(self.answer.set_exception, error)

    def cancel(self) -> None:
        """Let the coroutine know that there will be no answer."""
        self._give(self.answer.cancel)

    def _give(self, give: Callable[..., object], *what: object) -> None:
        with suppress(RuntimeError):  # the loop has ended, and who waited with it
            self._loop.call_soon_threadsafe(self._settle, give, *what)

    def _settle(self, give: Callable[..., object], *what: object) -> None:
        if not self.answer.done():
            give(*what)
