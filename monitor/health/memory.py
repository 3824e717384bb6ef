"""The memory of a daemon kept low, and its collector of garbage out of the way of the event loop.

Reading the judge's files, a large document or a night's work leaves tens of MiB behind that nothing uses any more and
the C library keeps, because they lie between pieces in use. And whoever once frees a piece of 10 MiB has glibc keep
up to 20 MiB free for each thread from then on: two thousand feeds, a twentieth of them hostile, brought a daemon from
85 MiB to 160 in ten minutes (November 2026). And a full collection looks at every object that was made
at the start, about 90,000 that stay for good; no thread goes on meanwhile (80 ms, November 2026).
"""

import asyncio
import ctypes
import gc
from collections.abc import Callable
from contextlib import suppress
from typing import Final

EVERY_S: Final = 60.0
_BOUNDS: Final = {-1: 1 << 20, -3: 1 << 20, -8: 4}  # malloc.h: M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_ARENA_MAX


def bound() -> bool:
    """Return whether the C library will keep at most 1 MiB free at the end of each of few heaps; only glibc knows how.

    Pieces above 1 MiB go straight back to the system, and it no longer learns from them that more should be kept.
    """
    with suppress(OSError, AttributeError):
        library = ctypes.CDLL(None)
        return all(library.mallopt(what, most) for what, most in _BOUNDS.items())
    return False


def give_back() -> bool:
    """Return whether anything was given back to the system; False where the C library has no such call (not glibc).

    Takes a few milliseconds, in which other threads go on.
    """
    with suppress(OSError, AttributeError):
        return bool(ctypes.CDLL(None).malloc_trim(0))
    return False


async def kept_low(give: Callable[[], object] = give_back, every_s: float = EVERY_S) -> None:
    """Leave what there is now out of all collections, and give memory back at once and every minute, for ever."""
    bound()
    gc.collect()
    gc.freeze()
    try:
        while True:
            await asyncio.to_thread(give)
            await asyncio.sleep(every_s)
    finally:
        gc.unfreeze()
