"""Memory that was needed for a moment, given back: the C library keeps what lies between two pieces still in use.

Reading the judge's files, a large document or a night's work leaves tens of MiB behind that nothing uses any more.
"""

import asyncio
import ctypes
from collections.abc import Callable
from contextlib import suppress
from typing import Final

EVERY_S: Final = 60.0


def give_back() -> bool:
    """Return whether anything was given back to the system; False where the C library has no such call (not glibc).

    Takes a few milliseconds, in which other threads go on.
    """
    with suppress(OSError, AttributeError):
        return bool(ctypes.CDLL(None).malloc_trim(0))
    return False


async def kept_low(give: Callable[[], object] = give_back, every_s: float = EVERY_S) -> None:
    """Give memory back at once and every minute, for ever."""
    while True:
        await asyncio.to_thread(give)
        await asyncio.sleep(every_s)
