"""Says when the event loop was held up, and by what: everything the daemon promises in seconds goes through it.

Armed anew every ten seconds, Python's own watchdog needs neither the loop nor the interpreter's lock to print the
stacks of all threads, so it speaks even of a call that never returns.
"""

import faulthandler
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic
from typing import Final

LOOK_S: Final = 1.0
LATE_S: Final = 1.0  # RELIABILITY.md T3
STUCK_S: Final = 30.0  # RELIABILITY.md T3
ARM_S: Final = 10.0  # to arm it holds the loop until its thread has ended and another has begun: on a busy machine long

logger = logging.getLogger("monitor")


def arm() -> None:
    """Have the stacks of all threads printed on standard error, if there is one, unless called again in `ARM_S`.

    Printed is after `STUCK_S` more.
    """
    with suppress(OSError, RuntimeError):
        faulthandler.dump_traceback_later(ARM_S + STUCK_S)


@dataclass(frozen=True, slots=True)
class Watchdog:
    """What `watch` goes by: a clock that stands still while the machine sleeps, and who prints the stacks."""

    steady: Callable[[], float] = monotonic
    arm: Callable[[], None] = arm
    disarm: Callable[[], None] = faulthandler.cancel_dump_traceback_later


async def watch(pause: Callable[[float], Awaitable[bool]], watchdog: Watchdog) -> None:
    """Look each second how late the loop is, until the pause says that it was the last one."""
    again, armed_at = True, float("-inf")
    try:
        while again:
            began = watchdog.steady()
            if began >= armed_at + ARM_S:
                watchdog.arm()
                armed_at = began
            again = await pause(LOOK_S)
            late_s = watchdog.steady() - began - LOOK_S
            if late_s > LATE_S:
                logger.warning("loop.late", extra={"late_s": round(late_s, 1)})
    finally:
        watchdog.disarm()
