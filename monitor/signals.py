"""What the daemon is told from outside, from the first moment of the process: to end, to read its settings anew."""

import asyncio
import logging
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from monitor.errors import MonitorError, leaves
from monitor.settings import Settings

logger = logging.getLogger("monitor")

ORDERS: Final = frozenset({signal.SIGINT, signal.SIGTERM, signal.SIGHUP})


def let_through() -> None:
    """Let what `__main__` holds back while the program is loaded have its effect, now and from now on."""
    signal.pthread_sigmask(signal.SIG_UNBLOCK, ORDERS)


@contextmanager
def obeyed(orders: Mapping[signal.Signals, Callable[[], None]]) -> Iterator[None]:
    """Within it each signal calls what stands for it, in the running loop; what was held comes first."""
    loop = asyncio.get_running_loop()
    for number, order in orders.items():
        loop.add_signal_handler(number, order)
    let_through()
    try:
        yield
    finally:
        for number in orders:
            loop.remove_signal_handler(number)


class Told:
    """What signals have told the daemon, which is the task that makes this.

    `stop` is set when what runs is to end, `twice` once what is in hand is to be cut off, too.
    """

    def __init__(self, reread: Callable[[], Settings] | None) -> None:
        self.stop = asyncio.Event()
        self.twice = False
        self._reread = reread
        self._ending = False
        self._fresh: Settings | None = None
        self._sound: Settings | None = None
        self._running = False
        self._daemon = asyncio.current_task()

    def to_end(self) -> None:
        """Stop; the second time cut off what is in hand."""
        if not self._ending:
            logger.info("daemon.stopping")
            self._ending = True
            self.stop.set()
        elif not self.twice and self._daemon is not None:
            self.twice = True
            self._daemon.cancel()

    def to_reread(self) -> None:
        """Stop and go on with the settings as they are now, if they are right; without a file to read, end."""
        if self._reread is None:
            self.to_end()
            return
        try:
            self._fresh = self._reread()
        except MonitorError as error:
            logger.error("settings.refused", extra={"error": str(error)})  # noqa: TRY400  # its text says it all
            return
        logger.info("settings.reread")
        self.stop.set()

    def ending(self) -> bool:
        """Return whether the process is to end, not to begin anew with other settings."""
        return self._ending or self._fresh is None

    def next(self) -> Settings | None:
        """Return the settings to go on with, or None if that was all."""
        ending, fresh, self._fresh = self.ending(), self._fresh, None
        self._running = False
        if ending:
            return None
        self.stop.clear()
        return fresh

    def runs(self, settings: Settings) -> None:
        """Note that the daemon works with these settings: should later ones not do, it goes back to them."""
        self._sound, self._running = settings, True

    def instead(self, error: Exception) -> Settings | None:
        """Return the settings to go on with after some with which the daemon could not begin, or None if it is to end.

        Raises the error where there are none to go back to, and if the daemon was at work when it came.
        """
        if self._running or self._sound is None:
            raise error
        parts = list(leaves(error))
        bug = None if all(isinstance(part, MonitorError) for part in parts) else error
        why = "; ".join(str(part) or type(part).__name__ for part in parts)
        logger.error("settings.refused", extra={"error": f"they cannot run: {why}"}, exc_info=bug)
        if self.stop.is_set():
            return self.next()
        sound, self._sound = self._sound, None  # if these cannot run any more either, that ends the daemon
        return sound
